# frozen_string_literal: true

require_relative "helper"
require_relative "../bot"

class BotTest < Minitest::Test
  SESSION = { "id" => "call-1", "phone_number" => "+4930111", "to_phone_number" => "+4930222" }.freeze

  def answer(type, session: SESSION, transfer_number: "", **fields)
    event = { "type" => type, "session" => session }.merge(fields.transform_keys(&:to_s))
    Bot.new(transfer_number: transfer_number).answer(event)
  end

  def says(text)
    { type: "speak", session_id: "call-1", text: text }
  end

  def test_greets_the_caller
    greeting = says("Hello! How can I help you today?").merge(user_input_timeout_seconds: 8)
    assert_equal greeting, answer("session_start")
  end

  def test_repeats_what_the_caller_said
    assert_equal says("You said: Grüße 👋"), answer("user_speak", text: "Grüße 👋")
  end

  def test_reads_the_text_of_older_deliveries
    assert_equal says("You said: hello"), answer("user_speak", transcript: "hello")
  end

  def test_hangs_up_on_a_goodbye
    assert_equal({ type: "hangup", session_id: "call-1" }, answer("user_speak", text: "GoodBye, agent"))
  end

  def test_transfers_to_a_person_where_a_number_is_set
    expected = { type: "transfer", session_id: "call-1", target_phone_number: "+4930999",
                 caller_id_name: "Voice bot", caller_id_number: "+4930111" }
    assert_equal expected, answer("user_speak", text: "an Agent please", transfer_number: "+4930999")
  end

  def test_shows_the_number_that_was_called_else_the_targets_in_a_transfer
    { { "id" => "1", "to_phone_number" => "+4930222" } => "+4930222", { "id" => "1" } => "+4930999" }.each do |session, number|
      action = answer("user_speak", text: "transfer", session: session, transfer_number: "+4930999")
      assert_equal number, action[:caller_id_number]
    end
  end

  def test_repeats_a_wish_for_a_transfer_where_no_number_is_set
    assert_equal says("You said: transfer me"), answer("user_speak", text: "transfer me")
  end

  def test_does_nothing_about_silence
    assert_nil answer("user_speak", text: " \n\u00a0")
  end

  def test_refuses_speech_without_a_text
    error = assert_raises(Bot::BadEvent) { answer("user_speak", text: 7) }
    assert_equal "user_speak has no text", error.message
  end

  def test_names_the_key_that_was_pressed
    "0123456789*#".each_char { |digit| assert_equal says("You pressed #{digit}."), answer("dtmf_received", digit: digit) }
  end

  def test_refuses_a_key_that_no_telephone_has
    ["A", "12", "1\n", "", 1, nil].each do |digit|
      assert_raises(Bot::BadEvent, digit.inspect) { answer("dtmf_received", digit: digit) }
    end
  end

  def test_asks_a_silent_caller_again
    assert_equal says("Are you still there?"), answer("user_input_timeout")
  end

  def test_does_nothing_about_every_other_event
    %w[session_end assistant_speak user_barge_in something_new initialize].each { |type| assert_nil answer(type), type }
  end
end
