"""Settings as data: flag, environment, .env, aiflow.toml, user config, default."""
