# frozen_string_literal: true

require "digest"
require "json"
require "logger"
require "sinatra/base"
require_relative "bot"

# The HTTP side: checks a request, hands its event to the bot, sends the answer. Nothing to change here for a new bot.
class Webhook < Sinatra::Base
  MAX_BODY_BYTES = 1_048_576

  set :environment, :production # no pages with stack traces, whatever APP_ENV says
  set :raise_errors, false
  set :show_exceptions, false
  set :dump_errors, false # the error block below logs them
  disable :protection # made for browsers; it would also take //webhook for /webhook
  disable :static
  set :host_authorization, permitted_hosts: [] # Sinatra 4.1: a tunnel brings a foreign Host
  set :bot, nil
  set :secret, ""
  set :log, Logger.new($stdout)

  # An application of its own with these settings.
  def self.with(**settings)
    Class.new(self) { settings.each { |name, value| set name, value } }
  end

  # This bot reads neither forms nor queries; without them Rack does not take a body for a form, as its content type
  # may say, nor refuse a query that it cannot parse.
  def call(env)
    super(env.merge("CONTENT_TYPE" => "application/json", "QUERY_STRING" => ""))
  end

  before "/health" do
    refuse_method "GET, HEAD" unless request.get? || request.head?
  end

  before "/webhook" do
    refuse_method "POST" unless request.post?
    refuse 401, "missing or wrong X-API-TOKEN" unless secret_given?
  end

  get "/health" do
    send_json(status: "ok")
  end

  post "/webhook" do
    event = parse_event(read_body)
    actions = settings.bot.answer(event)
    log_event(event, actions)
    actions.nil? ? halt(204) : send_json(actions)
  end

  not_found do
    refuse 404, "not found"
  end

  error Bot::BadEvent do |bad|
    refuse 400, bad.message
  end

  error do |fault|
    settings.log.error(fault)
    refuse 500, "internal error"
  end

  private

  def send_json(data)
    content_type :json
    JSON.generate(data)
  end

  def refuse(status, message)
    halt status, send_json(error: message)
  end

  def refuse_method(allowed)
    headers "Allow" => allowed
    refuse 405, "method not allowed"
  end

  # Digests have one length, so the time taken says nothing about the secret, not even how long it is.
  def secret_given?
    return true if settings.secret.empty?

    given = request.get_header("HTTP_X_API_TOKEN").to_s
    Rack::Utils.secure_compare(Digest::SHA256.digest(given), Digest::SHA256.digest(settings.secret))
  end

  def read_body
    body = request.body&.read(MAX_BODY_BYTES + 1).to_s
    refuse 413, "body is larger than 1 MiB" if body.bytesize > MAX_BODY_BYTES
    String.new(body, encoding: Encoding::UTF_8)
  end

  def parse_event(body)
    event = parse_json(body)
    raise Bot::BadEvent, "body is not a JSON object" unless event.is_a?(Hash)
    raise Bot::BadEvent, "event has no type" unless text?(event["type"])
    raise Bot::BadEvent, "event has no session.id" unless event["session"].is_a?(Hash) && text?(event["session"]["id"])

    event
  end

  def parse_json(body)
    raise Bot::BadEvent, "body is not JSON" unless body.valid_encoding?

    JSON.parse(body)
  rescue JSON::ParserError
    raise Bot::BadEvent, "body is not JSON"
  end

  # Half a surrogate pair, written as \udc00, is valid JSON but no text: it could not be sent back.
  def text?(value)
    value.is_a?(String) && value.valid_encoding? && !value.empty?
  end

  # Quoted, so that what a sender puts into an event cannot begin a line of its own.
  def log_event(event, actions)
    done = [actions].flatten.compact.map { |action| action[:type] }.join(", ")
    settings.log.info("#{event["type"].inspect} session #{event["session"]["id"].inspect} -> " \
                      "#{done.empty? ? "nothing" : done}")
  end
end
