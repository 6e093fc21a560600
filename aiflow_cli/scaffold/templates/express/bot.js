// What the bot says. One small function per event: it gets the event and returns an action, an array of actions,
// or null for "nothing to do"; it may be async. Change these first.

const KEYS = new Set("0123456789*#");

/** An event that breaks the protocol; its message goes back to the sender with status 400. */
export class BadEvent extends Error {}

function greet(event) {
  // A caller who stays silent for so long is asked again: askAgain.
  return { ...speak(event, "Hello! How can I help you today?"), user_input_timeout_seconds: 8 };
}

function reply(event, { transferNumber }) {
  const text = spokenText(event);
  const words = text.toLowerCase();
  if (text.trim() === "") return null;
  if (words.includes("bye")) return hangup(event);
  if (transferNumber && (words.includes("transfer") || words.includes("agent"))) {
    return transfer(event, transferNumber);
  }
  return speak(event, `You said: ${text}`);
}

function confirmKey(event) {
  if (!KEYS.has(event.digit)) throw new BadEvent("dtmf_received has no valid digit");
  return speak(event, `You pressed ${event.digit}.`);
}

function askAgain(event) {
  return speak(event, "Are you still there?");
}

/** The call is over: the place to clean up. An action would be an error here. */
function cleanUp() {
  return null;
}

const handlers = new Map([
  ["session_start", greet],
  ["user_speak", reply],
  ["dtmf_received", confirmKey],
  ["user_input_timeout", askAgain],
  ["session_end", cleanUp],
]);

/** The answer to one event. Types without a handler are ignored: the service adds new ones. */
export function answer(event, settings = {}) {
  const handler = handlers.get(event.type);
  return handler ? handler(event, settings) : null;
}

function speak(event, text) {
  return { type: "speak", session_id: event.session.id, text };
}

function hangup(event) {
  return { type: "hangup", session_id: event.session.id };
}

function transfer(event, number) {
  const { id, phone_number, to_phone_number } = event.session;
  return {
    type: "transfer",
    session_id: id,
    target_phone_number: number,
    caller_id_name: "Voice bot",
    caller_id_number: [phone_number, to_phone_number].find(isText) ?? number,
  };
}

// Older deliveries name the text `transcript`.
function spokenText(event) {
  const text = [event.text, event.transcript].find((value) => typeof value === "string");
  if (text === undefined) throw new BadEvent("user_speak has no text");
  return text;
}

function isText(value) {
  return typeof value === "string" && value !== "";
}
