// Starts the bot: reads its settings from the environment, listens, and stops without cutting a caller off.
import { createServer } from "node:http";

import { createApp } from "./webhook.js";
import { addWebSocket } from "./websocket.js";

const { PORT = "3000", HOST = "127.0.0.1", AIFLOW_SECRET, TRANSFER_NUMBER } = process.env;
const STOP_AFTER_MS = 10_000;

const settings = { secret: AIFLOW_SECRET, transferNumber: TRANSFER_NUMBER };
const server = createServer({ headersTimeout: 5_000, requestTimeout: 10_000 }, createApp(settings));
const calls = addWebSocket(server, settings);

server.on("error", (error) => {
  console.error(`cannot listen on ${HOST}:${PORT}: ${error.message}`);
  process.exitCode = 1;
});
server.listen(PORT, HOST, () => console.log(`listening on ws://${HOST}:${PORT}/webhook`));

function stop() {
  server.close(); // lets the requests and calls under way finish; the process then ends by itself
  server.closeIdleConnections();
  setTimeout(closeAll, STOP_AFTER_MS).unref();
}

function closeAll() {
  server.closeAllConnections();
  for (const call of calls.clients) call.terminate();
}

process.once("SIGTERM", stop);
process.once("SIGINT", stop);
