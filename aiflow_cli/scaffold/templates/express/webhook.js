// The HTTP side: checks a request, hands its event to the bot, sends the answer. Nothing to change here for a new bot.
import { createHash, timingSafeEqual } from "node:crypto";

import express from "express";

import * as bot from "./bot.js";

export const MAX_BODY_BYTES = 1_048_576;

/** The Express application. `answer` is a parameter so that a test can put a broken bot in its place. */
export function createApp({ secret = "", transferNumber = "", answer = bot.answer, log = console } = {}) {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.disable("query parser");
  app.enable("case sensitive routing");
  app.enable("strict routing");

  // Any content type: the body is JSON whatever its sender calls it.
  const readBody = express.raw({ type: () => true, limit: MAX_BODY_BYTES, inflate: false });

  async function receive(request, response) {
    const event = parseEvent(request.body);
    const actions = await answer(event, { transferNumber });
    log.info(logLine(event, actions));
    if (actions === null) return response.status(204).end();
    response.json(actions);
  }

  app.route("/health").get((request, response) => response.json({ status: "ok" })).all(refuseMethod("GET, HEAD"));
  app.route("/webhook").post(checkSecret(secret), readBody, receive).all(refuseMethod("POST"));
  app.use((request, response) => refuse(response, 404, "not found"));
  app.use(handleError(log));
  return app;
}

function refuse(response, status, error) {
  response.status(status).json({ error });
}

function refuseMethod(allowed) {
  return (request, response) => refuse(response.set("Allow", allowed), 405, "method not allowed");
}

function checkSecret(secret) {
  return (request, response, next) => {
    if (!secret || sameSecret(request.get("X-API-TOKEN") ?? "", secret)) return next();
    refuse(response, 401, "missing or wrong X-API-TOKEN");
  };
}

// Digests have one length, so the time taken says nothing about the secret, not even how long it is.
export function sameSecret(given, secret) {
  const digest = (bytes) => createHash("sha256").update(bytes).digest();
  return timingSafeEqual(digest(Buffer.from(given, "latin1")), digest(Buffer.from(secret)));
}

export function parseEvent(body) {
  const event = parseJson(body);
  if (typeof event !== "object" || event === null || Array.isArray(event)) {
    throw new bot.BadEvent("body is not a JSON object");
  }
  if (!isText(event.type)) throw new bot.BadEvent("event has no type");
  if (!isText(event.session?.id)) throw new bot.BadEvent("event has no session.id");
  return event;
}

function parseJson(body) {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body));
  } catch {
    throw new bot.BadEvent("body is not JSON");
  }
}

function isText(value) {
  return typeof value === "string" && value !== "";
}

// Quoted, so that what a sender puts into an event cannot begin a line of its own.
export function logLine(event, actions) {
  const done = actions === null ? "nothing" : [actions].flat().map((action) => action.type).join(", ");
  return `${JSON.stringify(event.type)} session ${JSON.stringify(event.session.id)} -> ${done}`;
}

// Express takes a function of four parameters for an error handler.
function handleError(log) {
  return (error, request, response, next) => {
    if (error instanceof bot.BadEvent) return refuse(response, 400, error.message);
    if (error.type === "entity.too.large") return refuse(response, 413, "body is larger than 1 MiB");
    if (error.status >= 400 && error.status < 500) return refuse(response, 400, "body is not JSON");
    log.error(error);
    refuse(response, 500, "internal error");
  };
}
