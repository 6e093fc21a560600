// The WebSocket side: one connection per call, an event in each frame, the bot's actions in each answer. Nothing to
// change here for a new bot.
import { WebSocketServer } from "ws";

import * as bot from "./bot.js";
import { logLine, MAX_BODY_BYTES, parseEvent, sameSecret } from "./webhook.js";

const PATH = "/webhook";

/** Lets a server take calls on a WebSocket at the webhook's own path; `clients` of the result are the calls. */
export function addWebSocket(server, { secret = "", transferNumber = "", answer = bot.answer, log = console } = {}) {
  const calls = new WebSocketServer({ noServer: true, maxPayload: MAX_BODY_BYTES });

  server.on("upgrade", (request, socket, head) => {
    const refusal = refuse(request, secret);
    if (refusal) return socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    calls.handleUpgrade(request, socket, head, takeCall);
  });

  function takeCall(connection) {
    let turn = Promise.resolve();
    connection.on("error", (error) => log.error(error));
    // One after the other, also where the bot takes its time.
    connection.on("message", (frame) => {
      turn = turn.then(() => respond(connection, frame));
    });
  }

  // A frame that is no event, or a fault of the bot, must not end the call.
  async function respond(connection, frame) {
    try {
      const event = parseEvent(frame);
      const actions = await answer(event, { transferNumber });
      log.info(logLine(event, actions));
      if (actions !== null) connection.send(JSON.stringify(actions));
    } catch (error) {
      log.error(error instanceof bot.BadEvent ? `refused a frame: ${error.message}` : error);
    }
  }

  return calls;
}

/** The status that a handshake is refused with; undefined: it is not. */
function refuse(request, secret) {
  if (request.url.split("?")[0] !== PATH) return "404 Not Found";
  if (secret && !sameSecret(request.headers["x-api-token"] ?? "", secret)) return "401 Unauthorized";
}
