import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";

import { WebSocket } from "ws";

import { createApp } from "../webhook.js";
import { addWebSocket } from "../websocket.js";

const session = { id: "call-1" };
const hello = JSON.stringify({ type: "user_speak", text: "hello", session });
const youSaidHello = { type: "speak", session_id: "call-1", text: "You said: hello" };

/** Runs `body` against a real server of its own: `url` of the WebSocket, `log` what the server logged. */
async function withServer(options, body) {
  const log = { lines: [], info: (line) => log.lines.push(line), error: (error) => log.lines.push(String(error)) };
  const server = createServer(createApp({ log, ...options }));
  const calls = addWebSocket(server, { log, ...options });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await body(`ws://127.0.0.1:${server.address().port}/webhook`, log);
  } finally {
    for (const call of calls.clients) call.terminate();
    server.close();
  }
}

async function connected(url, headers = {}) {
  const connection = new WebSocket(url, { headers });
  await once(connection, "open");
  return connection;
}

async function ask(connection, frame) {
  connection.send(frame);
  const [answer] = await once(connection, "message");
  return JSON.parse(answer);
}

async function statusOf(url, headers = {}) {
  const connection = new WebSocket(url, { headers });
  connection.on("error", () => {});
  const [, response] = await once(connection, "unexpected-response");
  connection.terminate();
  return response.statusCode;
}

test("answers an event with an action, and logs it", () =>
  withServer({}, async (url, log) => {
    assert.deepEqual(await ask(await connected(`${url}?from=test`), hello), youSaidHello);
    assert.deepEqual(log.lines, ['"user_speak" session "call-1" -> speak']);
  }));

test("sends nothing where there is nothing to do", () =>
  withServer({}, async (url) => {
    const connection = await connected(url);
    connection.send(JSON.stringify({ type: "session_end", session }));
    assert.deepEqual(await ask(connection, hello), youSaidHello);
  }));

test("logs a frame that is no event, and goes on", () =>
  withServer({}, async (url, log) => {
    const connection = await connected(url);
    for (const frame of ["", "hello", "[]", '{"type": "user_speak", "session": {"id": "1"}}', new Uint8Array([0xff])]) {
      connection.send(frame);
    }
    assert.deepEqual(await ask(connection, hello), youSaidHello);
    assert.equal(log.lines.filter((line) => line.startsWith("refused a frame: ")).length, 5);
  }));

test("goes on after its own fault", () => {
  const answer = (event) => {
    if (event.type === "session_start") throw new Error("broken bot");
    return { type: "hangup" };
  };
  return withServer({ answer }, async (url, log) => {
    const connection = await connected(url);
    connection.send(JSON.stringify({ type: "session_start", session }));
    assert.deepEqual(await ask(connection, hello), { type: "hangup" });
    assert.equal(log.lines[0], "Error: broken bot");
  });
});

test("answers in the order of the events, also where the bot takes its time", () => {
  const answer = async (event) => {
    if (event.text === "slow") await new Promise((wake) => setTimeout(wake, 50));
    return { type: "speak", text: event.text };
  };
  return withServer({ answer }, async (url) => {
    const connection = await connected(url);
    const answers = [];
    const both = new Promise((done) => {
      connection.on("message", (data) => answers.push(JSON.parse(data).text) === 2 && done());
    });
    for (const text of ["slow", "fast"]) connection.send(JSON.stringify({ type: "user_speak", text, session }));
    await both;
    assert.deepEqual(answers, ["slow", "fast"]);
  });
});

test("wants the secret in the handshake", () =>
  withServer({ secret: "s3cret" }, async (url) => {
    assert.equal(await statusOf(url), 401);
    assert.equal(await statusOf(url, { "X-API-TOKEN": "wrong" }), 401);
    assert.deepEqual(await ask(await connected(url, { "X-API-TOKEN": "s3cret" }), hello), youSaidHello);
  }));

test("knows no other path", () =>
  withServer({}, async (url) => {
    assert.equal(await statusOf(`${url}/more`), 404);
  }));
