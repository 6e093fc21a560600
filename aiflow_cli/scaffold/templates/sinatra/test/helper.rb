# frozen_string_literal: true

require "bundler/setup" if File.exist?(File.join(__dir__, "..", "Gemfile.lock"))
require "minitest/autorun"
