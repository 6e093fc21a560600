import assert from "node:assert/strict";
import { test } from "node:test";

import { answer, BadEvent } from "../bot.js";

const session = { id: "call-1", phone_number: "+4930111", to_phone_number: "+4930222" };
const settings = { transferNumber: "+4930999" };

const event = (type, fields = {}) => ({ type, session, ...fields });
const says = (text) => ({ type: "speak", session_id: "call-1", text });

test("greets the caller", () => {
  const greeting = { ...says("Hello! How can I help you today?"), user_input_timeout_seconds: 8 };
  assert.deepEqual(answer(event("session_start")), greeting);
});

test("repeats what the caller said", () => {
  assert.deepEqual(answer(event("user_speak", { text: "Grüße 👋" })), says("You said: Grüße 👋"));
});

test("reads the text of older deliveries", () => {
  assert.deepEqual(answer(event("user_speak", { transcript: "hello" })), says("You said: hello"));
});

test("hangs up on a goodbye", () => {
  assert.deepEqual(answer(event("user_speak", { text: "GoodBye, agent" })), { type: "hangup", session_id: "call-1" });
});

test("transfers to a person where a number is set", () => {
  assert.deepEqual(answer(event("user_speak", { text: "an Agent please" }), settings), {
    type: "transfer",
    session_id: "call-1",
    target_phone_number: "+4930999",
    caller_id_name: "Voice bot",
    caller_id_number: "+4930111",
  });
});

test("shows the number that was called, else the target's, in a transfer", () => {
  const callerId = (session) => answer({ type: "user_speak", text: "transfer", session }, settings).caller_id_number;
  assert.equal(callerId({ id: "1", to_phone_number: "+4930222" }), "+4930222");
  assert.equal(callerId({ id: "1" }), "+4930999");
});

test("repeats a wish for a transfer where no number is set", () => {
  assert.deepEqual(answer(event("user_speak", { text: "transfer me" })), says("You said: transfer me"));
});

test("does nothing about silence", () => {
  assert.equal(answer(event("user_speak", { text: " \n" })), null);
});

test("refuses speech without a text", () => {
  assert.throws(() => answer(event("user_speak", { text: 7 })), new BadEvent("user_speak has no text"));
});

test("names the key that was pressed", () => {
  for (const digit of "0123456789*#") {
    assert.deepEqual(answer(event("dtmf_received", { digit })), says(`You pressed ${digit}.`));
  }
});

test("refuses a key that no telephone has", () => {
  for (const digit of ["A", "12", "1\n", "", 1, null, undefined]) {
    assert.throws(() => answer(event("dtmf_received", { digit })), BadEvent, `digit ${JSON.stringify(digit)}`);
  }
});

test("asks a silent caller again", () => {
  assert.deepEqual(answer(event("user_input_timeout")), says("Are you still there?"));
});

test("does nothing about every other event", () => {
  for (const type of ["session_end", "assistant_speak", "user_barge_in", "something_new", "constructor"]) {
    assert.equal(answer(event(type)), null, type);
  }
});
