# frozen_string_literal: true

# Runs all tests: ruby test/app_test.rb
require_relative "helper"
require "json"
require "logger"
require "rack/test"
require "stringio"
require_relative "../webhook"
require_relative "bot_test"

class AppTest < Minitest::Test
  include Rack::Test::Methods

  HELLO = '{"type": "user_speak", "text": "hello", "session": {"id": "call-1"}}'

  attr_reader :app

  def setup
    @log = StringIO.new
    start_app
  end

  def start_app(bot: Bot.new, secret: "")
    @app = Webhook.with(bot: bot, secret: secret, log: Logger.new(@log)).new
  end

  def assert_refused(status, error)
    assert_equal [status, { "error" => error }], [last_response.status, JSON.parse(last_response.body)]
  end

  def test_answers_an_event_with_an_action_and_logs_it
    post "/webhook?from=test", HELLO, "CONTENT_TYPE" => "application/x-www-form-urlencoded"
    assert_equal 200, last_response.status
    assert_equal "application/json", last_response.media_type
    assert_equal({ "type" => "speak", "session_id" => "call-1", "text" => "You said: hello" }, JSON.parse(last_response.body))
    assert_match(/"user_speak" session "call-1" -> speak$/, @log.string)
  end

  def test_answers_204_where_there_is_nothing_to_do
    post "/webhook", '{"type": "session_end", "session": {"id": "call-1"}}'
    assert_equal [204, ""], [last_response.status, last_response.body]
  end

  def test_says_that_it_is_healthy
    get "/health"
    assert_equal [200, { "status" => "ok" }], [last_response.status, JSON.parse(last_response.body)]
  end

  def test_knows_no_other_path
    ["/", "/webhook/", "/Webhook"].each do |path|
      post path, HELLO
      assert_refused 404, "not found"
    end
  end

  def test_takes_post_only
    start_app(secret: "s3cret")
    %w[GET PUT OPTIONS].each do |method|
      custom_request method, "/webhook"
      assert_refused 405, "method not allowed"
      assert_equal "POST", last_response.headers["Allow"]
    end
  end

  def test_wants_the_secret_before_it_reads_anything
    start_app(secret: "s3cret")
    [nil, "wrong", "s3cret2"].each do |secret|
      post "/webhook", "{", "HTTP_X_API_TOKEN" => secret
      assert_refused 401, "missing or wrong X-API-TOKEN"
    end
    post "/webhook", HELLO, "HTTP_X_API_TOKEN" => "s3cret"
    assert_equal 200, last_response.status
    refute_includes @log.string, "s3cret"
  end

  def test_refuses_a_body_over_1_mib
    full = HELLO.ljust(1_048_576)
    post "/webhook", full
    assert_equal 200, last_response.status
    post "/webhook", "#{full} "
    assert_refused 413, "body is larger than 1 MiB"
  end

  def test_refuses_what_is_not_an_event
    { "" => "body is not JSON", "{" => "body is not JSON", "\"\xff\"" => "body is not JSON",
      "[]" => "body is not a JSON object", "null" => "body is not a JSON object",
      "{}" => "event has no type", '{"type": 1}' => "event has no type",
      '{"type": "session_start"}' => "event has no session.id",
      '{"type": "session_start", "session": "id"}' => "event has no session.id",
      '{"type": "session_start", "session": {"id": "\udc00"}}' => "event has no session.id",
      '{"type": "user_speak", "session": {"id": "1"}}' => "user_speak has no text" }.each do |body, error|
      post "/webhook", body
      assert_refused 400, error
    end
  end

  def test_keeps_its_own_faults_to_its_log
    broken = Object.new
    def broken.answer(_event) = raise("broken bot")
    start_app(bot: broken)
    post "/webhook", HELLO
    assert_refused 500, "internal error"
    assert_includes @log.string, "broken bot"
  end

  def test_takes_any_host
    post "/webhook", HELLO, "HTTP_HOST" => "bot.example.com"
    assert_equal 200, last_response.status
  end
end
