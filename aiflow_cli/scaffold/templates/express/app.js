// Starts the bot: reads its settings from the environment, listens, and stops without cutting a caller off.
import { createServer } from "node:http";

import { createApp } from "./webhook.js";

const { PORT = "3000", HOST = "127.0.0.1", AIFLOW_SECRET, TRANSFER_NUMBER } = process.env;
const STOP_AFTER_MS = 10_000;

const app = createApp({ secret: AIFLOW_SECRET, transferNumber: TRANSFER_NUMBER });
const server = createServer({ headersTimeout: 5_000, requestTimeout: 10_000 }, app);

server.on("error", (error) => {
  console.error(`cannot listen on ${HOST}:${PORT}: ${error.message}`);
  process.exitCode = 1;
});
server.listen(PORT, HOST, () => console.log(`listening on http://${HOST}:${PORT}/webhook`));

function stop() {
  server.close(); // lets the requests under way finish; the process then ends by itself
  server.closeIdleConnections();
  setTimeout(() => server.closeAllConnections(), STOP_AFTER_MS).unref();
}

process.once("SIGTERM", stop);
process.once("SIGINT", stop);
