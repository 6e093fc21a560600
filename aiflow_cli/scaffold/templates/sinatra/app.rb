# frozen_string_literal: true

# Starts the bot: reads its settings from the environment, listens, and stops without cutting a caller off.

# `bundle install` leaves a Gemfile.lock: then exactly its gems, else those that Ruby finds (a distribution's packages).
require "bundler/setup" if File.exist?(File.join(__dir__, "Gemfile.lock"))
require "puma"
require "puma/configuration"
require "puma/launcher"
require_relative "bot"
require_relative "webhook"

def setting(name, default = "")
  value = ENV.fetch(name, "")
  value.empty? ? default : value
end

def server(app, host:, port:)
  Puma::Configuration.new do |config|
    config.app app
    config.bind "tcp://#{host}:#{port}"
    config.environment "production"
    config.raise_exception_on_sigterm false # a stop that was asked for ends with status 0
    config.force_shutdown_after 10
  end
end

$stdout.sync = true
host = setting("HOST", "127.0.0.1")
port = setting("PORT", "3000")
bot = Bot.new(transfer_number: setting("TRANSFER_NUMBER"))
app = Webhook.with(bot: bot, secret: setting("AIFLOW_SECRET"))
begin
  Puma::Launcher.new(server(app, host: host, port: port)).run
rescue SystemCallError => error
  abort "cannot listen on #{host}:#{port}: #{error.message}"
end
