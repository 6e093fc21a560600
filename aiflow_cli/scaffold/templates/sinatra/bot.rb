# frozen_string_literal: true

# What the bot says. One small method per event: it gets the event and returns an action, an array of actions, or nil
# for "nothing to do". Change these first.
class Bot
  # An event that breaks the protocol; its message goes back to the sender with status 400.
  class BadEvent < StandardError; end

  HANDLERS = {
    "session_start" => :greet,
    "user_speak" => :reply,
    "dtmf_received" => :confirm_key,
    "user_input_timeout" => :ask_again,
    "session_end" => :clean_up
  }.freeze
  KEYS = %w[0 1 2 3 4 5 6 7 8 9 * #].freeze

  def initialize(transfer_number: "")
    @transfer_number = transfer_number
  end

  # The answer to one event. Types without a handler are ignored: the service adds new ones.
  def answer(event)
    handler = HANDLERS[event["type"]]
    handler && send(handler, event)
  end

  private

  def greet(event)
    # A caller who stays silent for so long is asked again: ask_again.
    speak(event, "Hello! How can I help you today?").merge(user_input_timeout_seconds: 8)
  end

  def reply(event)
    text = spoken_text(event)
    case text.downcase
    when /\A[[:space:]]*\z/ then nil
    when /bye/ then hangup(event)
    when /transfer|agent/ then transfer_or_echo(event, text)
    else echo(event, text)
    end
  end

  def confirm_key(event)
    digit = event["digit"]
    raise BadEvent, "dtmf_received has no valid digit" unless KEYS.include?(digit)

    speak(event, "You pressed #{digit}.")
  end

  def ask_again(event)
    speak(event, "Are you still there?")
  end

  # The call is over. An action would be an error here.
  def clean_up(_event)
    nil
  end

  def echo(event, text)
    speak(event, "You said: #{text}")
  end

  def transfer_or_echo(event, text)
    @transfer_number.empty? ? echo(event, text) : transfer(event)
  end

  def speak(event, text)
    action(event, "speak", text: text)
  end

  def hangup(event)
    action(event, "hangup")
  end

  def transfer(event)
    own = event["session"].values_at("phone_number", "to_phone_number").find { |it| it.is_a?(String) && !it.empty? }
    action(event, "transfer",
           target_phone_number: @transfer_number, caller_id_name: "Voice bot", caller_id_number: own || @transfer_number)
  end

  def action(event, type, **fields)
    { type: type, session_id: event["session"]["id"], **fields }
  end

  # Older deliveries name the text `transcript`.
  def spoken_text(event)
    text = event.values_at("text", "transcript").grep(String).first
    raise BadEvent, "user_speak has no text" unless text

    text.scrub
  end
end
