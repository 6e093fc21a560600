import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";

import { createApp } from "../webhook.js";

const hello = JSON.stringify({ type: "user_speak", text: "hello", session: { id: "call-1" } });

/** Runs `body` against a real server of its own: `call(path, options)` is fetch, `log` what the server logged. */
async function withServer(options, body) {
  const log = { lines: [], info: (line) => log.lines.push(line), error: (error) => log.lines.push(String(error)) };
  const server = createServer(createApp({ log, ...options })).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${server.address().port}`;
  try {
    await body((path, init) => fetch(url + path, init), log);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const post = (body, headers = {}) => ({ method: "POST", body, headers });

async function expectError(response, status, error) {
  assert.equal(response.status, status);
  assert.deepEqual(await response.json(), { error });
}

test("answers an event with an action, and logs it", () =>
  withServer({}, async (call, log) => {
    const response = await call("/webhook?from=test", post(hello, { "Content-Type": "text/plain" }));
    assert.equal(response.status, 200);
    assert.match(response.headers.get("Content-Type"), /^application\/json/);
    assert.deepEqual(await response.json(), { type: "speak", session_id: "call-1", text: "You said: hello" });
    assert.deepEqual(log.lines, ['"user_speak" session "call-1" -> speak']);
  }));

test("answers 204 where there is nothing to do", () =>
  withServer({}, async (call) => {
    const response = await call("/webhook", post('{"type": "session_end", "session": {"id": "call-1"}}'));
    assert.equal(response.status, 204);
    assert.equal(await response.text(), "");
  }));

test("says that it is healthy", () =>
  withServer({}, async (call) => {
    assert.deepEqual(await (await call("/health")).json(), { status: "ok" });
  }));

test("knows no other path", () =>
  withServer({}, async (call) => {
    for (const path of ["/", "/webhook/", "/Webhook", "//webhook"]) {
      await expectError(await call(path, post(hello)), 404, "not found");
    }
  }));

test("takes POST only", () =>
  withServer({}, async (call) => {
    for (const method of ["GET", "PUT", "OPTIONS"]) {
      const response = await call("/webhook", { method });
      assert.equal(response.headers.get("Allow"), "POST");
      await expectError(response, 405, "method not allowed");
    }
  }));

test("wants the secret before it reads anything", () =>
  withServer({ secret: "s3cret" }, async (call, log) => {
    for (const headers of [{}, { "X-API-TOKEN": "wrong" }, { "X-API-TOKEN": "s3cret2" }]) {
      await expectError(await call("/webhook", post("{", headers)), 401, "missing or wrong X-API-TOKEN");
    }
    assert.equal((await call("/webhook", post(hello, { "X-API-TOKEN": "s3cret" }))).status, 200);
    assert.ok(!log.lines.join("\n").includes("s3cret"));
  }));

test("refuses a body over 1 MiB", () =>
  withServer({}, async (call) => {
    const padding = " ".repeat(1_048_576 - hello.length);
    assert.equal((await call("/webhook", post(hello + padding))).status, 200);
    await expectError(await call("/webhook", post(hello + padding + " ")), 413, "body is larger than 1 MiB");
  }));

test("refuses what is not an event", () =>
  withServer({}, async (call) => {
    const refused = [
      ["", "body is not JSON"],
      ["{", "body is not JSON"],
      [new Uint8Array([0x22, 0xff, 0x22]), "body is not JSON"],
      ["[]", "body is not a JSON object"],
      ["null", "body is not a JSON object"],
      ["{}", "event has no type"],
      ['{"type": 1}', "event has no type"],
      ['{"type": "session_start"}', "event has no session.id"],
      ['{"type": "session_start", "session": {"id": ""}}', "event has no session.id"],
      ['{"type": "user_speak", "session": {"id": "1"}}', "user_speak has no text"],
    ];
    for (const [body, error] of refused) await expectError(await call("/webhook", post(body)), 400, error);
  }));

test("keeps its own faults to its log", () => {
  const answer = () => {
    throw new Error("broken bot");
  };
  return withServer({ answer }, async (call, log) => {
    await expectError(await call("/webhook", post(hello)), 500, "internal error");
    assert.deepEqual(log.lines, ["Error: broken bot"]);
  });
});
