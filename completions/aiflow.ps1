# PowerShell completion for aiflow. Written by `make generate`.

$global:AiflowCommands = @{
    'aiflow' = @{
        Commands = @(
            @{ Name = 'init'; Help = 'Scaffold a webhook project.' }
            @{ Name = 'demo'; Help = 'See a call with nothing installed but aiflow.' }
            @{ Name = 'call'; Help = 'Place a simulated call: type what the caller says, or play a script.' }
            @{ Name = 'test'; Help = 'Run the project''s conversation tests.' }
            @{ Name = 'send-event'; Help = 'Send one event to the webhook and judge the answer.' }
            @{ Name = 'logs'; Help = 'Show and follow the exchange log.' }
            @{ Name = 'replay'; Help = 'Send a recorded call again and show what the bot answers now.' }
            @{ Name = 'diff'; Help = 'Compare two recorded calls turn by turn.' }
            @{ Name = 'tunnel'; Help = 'Give the bot a public URL, register it with its flow, and record every exchange.' }
            @{ Name = 'check'; Help = 'Check a webhook against the protocol, and score it.' }
            @{ Name = 'dashboard'; Help = 'Run the local dashboard: its API, the exchange log and the live stream.' }
            @{ Name = 'flows'; Help = 'The dashboard''s flows: which bot answers at which URL.' }
            @{ Name = 'config'; Help = 'Show the settings: what is set, and where it came from.' }
            @{ Name = 'completion'; Help = 'Print the completion script for a shell: bash, zsh, fish or powershell.' }
        )
        Options = @(
            @{ Names = @('--version', '-V'); Help = 'Show the version and exit'; Value = 'none'; Words = @() }
            @{ Names = @('--help', '-h'); Help = 'Show this message and exit'; Value = 'none'; Words = @() }
        )
        Arguments = @()
    }
    'aiflow init' = @{
        Commands = @()
        Options = @(
            @{ Names = @('--template', '-t'); Help = 'flask, express, go or sinatra'; Value = 'words'; Words = @('flask', 'express', 'go', 'sinatra') }
            @{ Names = @('--transport'); Help = 'http, or websocket (flask and express); http if not given'; Value = 'any'; Words = @() }
            @{ Names = @('--name'); Help = 'Name of the project; else the folder''s'; Value = 'any'; Words = @() }
            @{ Names = @('--bare'); Help = 'Only aiflow.toml, .env and its ignore line, for a bot that exists'; Value = 'none'; Words = @() }
            @{ Names = @('--url'); Help = 'With --bare: the webhook''s URL'; Value = 'any'; Words = @() }
            @{ Names = @('--dry-run'); Help = 'Print the plan; write nothing'; Value = 'none'; Words = @() }
            @{ Names = @('--force'); Help = 'Overwrite files that differ (never .env)'; Value = 'none'; Words = @() }
            @{ Names = @('--verify'); Help = 'Start the bot and run its conversation tests, on a free port'; Value = 'none'; Words = @() }
            @{ Names = @('--list'); Help = 'List the templates'; Value = 'none'; Words = @() }
            @{ Names = @('--json'); Help = 'Print the plan, or the list, as JSON'; Value = 'none'; Words = @() }
            @{ Names = @('--help', '-h'); Help = 'Show this message and exit'; Value = 'none'; Words = @() }
        )
        Arguments = @(
            @{ Help = 'Folder of the project; . for this one'; Value = 'directory'; Words = @() }
        )
    }
    'aiflow demo' = @{
        Commands = @()
        Options = @(
            @{ Names = @('--once'); Help = 'Exit after the call'; Value = 'none'; Words = @() }
            @{ Names = @('--json'); Help = 'Print what happens as JSON lines'; Value = 'none'; Words = @() }
            @{ Names = @('--help', '-h'); Help = 'Show this message and exit'; Value = 'none'; Words = @() }
        )
        Arguments = @()
    }
    'aiflow call' = @{
        Commands = @()
        Options = @(
            @{ Names = @('--say'); Help = 'Said in turn; then the caller hangs up'; Value = 'any'; Words = @() }
            @{ Names = @('--script'); Help = 'Calls to play: a call file (YAML)'; Value = 'file'; Words = @() }
            @{ Names = @('--only'); Help = 'Of the script: the call with this name'; Value = 'any'; Words = @() }
            @{ Names = @('--var'); Help = 'Variable of the script'; Value = 'any'; Words = @() }
            @{ Names = @('--real-time'); Help = 'Wait as long as the call lasts'; Value = 'none'; Words = @() }
            @{ Names = @('--answer-time'); Help = 'Call time that an answer takes, in milliseconds'; Value = 'any'; Words = @() }
            @{ Names = @('--seed'); Help = 'Fix session ids and times'; Value = 'any'; Words = @() }
            @{ Names = @('--settle'); Help = 'WebSocket: milliseconds of quiet after which an answer is complete'; Value = 'any'; Words = @() }
            @{ Names = @('--timeout'); Help = 'Seconds to wait for an answer; 0 waits for ever'; Value = 'any'; Words = @() }
            @{ Names = @('--secret'); Help = 'Sent as X-API-TOKEN; prefer the variable'; Value = 'any'; Words = @() }
            @{ Names = @('--record'); Help = 'Write a recording of the call'; Value = 'file'; Words = @() }
            @{ Names = @('--redact'); Help = 'Mask texts and phone numbers in that recording'; Value = 'none'; Words = @() }
            @{ Names = @('--json'); Help = 'Print what happens as JSON lines'; Value = 'none'; Words = @() }
            @{ Names = @('--help', '-h'); Help = 'Show this message and exit'; Value = 'none'; Words = @() }
        )
        Arguments = @(
            @{ Help = 'Webhook: http(s):// or ws(s)://; else the one of aiflow.toml'; Value = 'any'; Words = @() }
        )
    }
    'aiflow test' = @{
        Commands = @()
        Options = @(
            @{ Names = @('--keyword', '-k'); Help = 'Only calls whose name or file matches, as pytest -k'; Value = 'any'; Words = @() }
            @{ Names = @('--tag'); Help = 'Only calls with one of these tags'; Value = 'any'; Words = @() }
            @{ Names = @('--exitfirst', '-x'); Help = 'Stop at the first failure'; Value = 'none'; Words = @() }
            @{ Names = @('--last-failed', '--lf'); Help = 'Only the calls that failed last time (all, if none did)'; Value = 'none'; Words = @() }
            @{ Names = @('--workers', '-n'); Help = 'Processes, or auto (needs pytest-xdist)'; Value = 'any'; Words = @() }
            @{ Names = @('--junitxml'); Help = 'Write a JUnit report'; Value = 'file'; Words = @() }
            @{ Names = @('--var'); Help = 'Variable of the call files'; Value = 'any'; Words = @() }
            @{ Names = @('--record'); Help = 'Keep the exchanges in the log'; Value = 'none'; Words = @() }
            @{ Names = @('--timeout'); Help = 'Seconds to wait for an answer; 0 waits for ever'; Value = 'any'; Words = @() }
            @{ Names = @('--start-timeout'); Help = 'Seconds that the bot may take to start'; Value = 'any'; Words = @() }
            @{ Names = @('--verbose', '-v'); Help = 'A line for each call'; Value = 'none'; Words = @() }
            @{ Names = @('--help', '-h'); Help = 'Show this message and exit'; Value = 'none'; Words = @() }
        )
        Arguments = @(
            @{ Help = 'Call files, folders, or FILE::CALL; else [calls] paths of aiflow.toml'; Value = 'file'; Words = @() }
        )
    }
    'aiflow send-event' = @{
        Commands = @()
        Options = @(
            @{ Names = @('--text'); Help = 'What the caller said'; Value = 'any'; Words = @() }
            @{ Names = @('--digit'); Help = 'The key pressed: 0-9, * or #'; Value = 'any'; Words = @() }
            @{ Names = @('--set'); Help = 'Change a field'; Value = 'any'; Words = @() }
            @{ Names = @('--data'); Help = 'The whole event as JSON'; Value = 'at-file'; Words = @() }
            @{ Names = @('--session-id'); Help = 'Id of the call; fresh for each event if not given'; Value = 'any'; Words = @() }
            @{ Names = @('--url'); Help = 'Webhook URL; else the one of aiflow.toml'; Value = 'any'; Words = @() }
            @{ Names = @('--secret'); Help = 'Sent as X-API-TOKEN; prefer the variable'; Value = 'any'; Words = @() }
            @{ Names = @('--timeout'); Help = 'Seconds to wait for the answer; 0 waits for ever'; Value = 'any'; Words = @() }
            @{ Names = @('--repeat'); Help = 'Send it so many times and sum up the latencies'; Value = 'any'; Words = @() }
            @{ Names = @('--strict'); Help = 'Exit 1 on any finding, not on errors alone'; Value = 'none'; Words = @() }
            @{ Names = @('--json'); Help = 'Print the exchange as JSON, a line each'; Value = 'none'; Words = @() }
            @{ Names = @('--curl'); Help = 'Print the equivalent curl command; send nothing'; Value = 'none'; Words = @() }
            @{ Names = @('--help', '-h'); Help = 'Show this message and exit'; Value = 'none'; Words = @() }
        )
        Arguments = @(
            @{ Help = 'Event type, for example user_speak'; Value = 'words'; Words = @('session_start', 'user_speech_started', 'user_speak', 'user_barge_in', 'dtmf_received', 'user_input_timeout', 'assistant_speak', 'assistant_speech_ended', 'session_end') }
        )
    }
    'aiflow logs' = @{
        Commands = @()
        Options = @(
            @{ Names = @('--follow', '-f'); Help = 'Go on with what comes'; Value = 'none'; Words = @() }
            @{ Names = @('--number', '-n'); Help = 'Show the last N exchanges'; Value = 'any'; Words = @() }
            @{ Names = @('--since'); Help = 'From then on: 10m, 2h, or RFC 3339'; Value = 'any'; Words = @() }
            @{ Names = @('--until'); Help = 'Up to then'; Value = 'any'; Words = @() }
            @{ Names = @('--type'); Help = 'Of this event type; may be repeated'; Value = 'words'; Words = @('session_start', 'user_speech_started', 'user_speak', 'user_barge_in', 'dtmf_received', 'user_input_timeout', 'assistant_speak', 'assistant_speech_ended', 'session_end') }
            @{ Names = @('--session'); Help = 'Of this call'; Value = 'any'; Words = @() }
            @{ Names = @('--outcome'); Help = 'With this outcome; may be repeated'; Value = 'words'; Words = @('rejected', 'connection-error', 'timeout', 'http-error', 'invalid-action', 'slow', 'no-action', 'ok') }
            @{ Names = @('--flow'); Help = 'Of this flow; all flows if not given'; Value = 'any'; Words = @() }
            @{ Names = @('--grep'); Help = 'Holding this text anywhere, in any case'; Value = 'any'; Words = @() }
            @{ Names = @('--format'); Help = 'How to print it'; Value = 'words'; Words = @('pretty', 'json', 'jsonl', 'transcript') }
            @{ Names = @('--json'); Help = 'Print JSON lines: short for --format jsonl'; Value = 'none'; Words = @() }
            @{ Names = @('--save'); Help = 'With --session: write a recording of the call'; Value = 'file'; Words = @() }
            @{ Names = @('--redact'); Help = 'Mask texts and phone numbers in that recording'; Value = 'none'; Words = @() }
            @{ Names = @('--dashboard'); Help = 'Whose log; else aiflow.toml''s, or the local one'; Value = 'words'; Words = @('local', 'vendor') }
            @{ Names = @('--help', '-h'); Help = 'Show this message and exit'; Value = 'none'; Words = @() }
        )
        Arguments = @()
    }
    'aiflow replay' = @{
        Commands = @()
        Options = @(
            @{ Names = @('--url'); Help = 'Where to; else the project''s bot, else where it was recorded (on this machine)'; Value = 'any'; Words = @() }
            @{ Names = @('--secret'); Help = 'Sent as X-API-TOKEN; prefer the variable'; Value = 'any'; Words = @() }
            @{ Names = @('--original-timing'); Help = 'Send each event when it came in the call, not as soon as the bot has answered'; Value = 'none'; Words = @() }
            @{ Names = @('--keep-ids'); Help = 'Leave session ids and times as recorded'; Value = 'none'; Words = @() }
            @{ Names = @('--timeout'); Help = 'To wait for an answer; 0 waits for ever'; Value = 'any'; Words = @() }
            @{ Names = @('--settle'); Help = 'WebSocket: milliseconds of quiet after which an answer is complete'; Value = 'any'; Words = @() }
            @{ Names = @('--output', '-o'); Help = 'Record the new call'; Value = 'file'; Words = @() }
            @{ Names = @('--redact'); Help = 'Mask texts and phone numbers in that file'; Value = 'none'; Words = @() }
            @{ Names = @('--save-as-test'); Help = 'Send nothing; write a call file that expects the recorded answers'; Value = 'file'; Words = @() }
            @{ Names = @('--json'); Help = 'Print the new exchanges as JSON lines'; Value = 'none'; Words = @() }
            @{ Names = @('--help', '-h'); Help = 'Show this message and exit'; Value = 'none'; Words = @() }
        )
        Arguments = @(
            @{ Help = 'A recording, the id of a session, or the id of an exchange'; Value = 'file'; Words = @() }
        )
    }
    'aiflow diff' = @{
        Commands = @()
        Options = @(
            @{ Names = @('--replay'); Help = 'Compare with what the bot answers now: the recording is sent again'; Value = 'none'; Words = @() }
            @{ Names = @('--url'); Help = 'With --replay: where to; else the project''s bot, else where it was recorded'; Value = 'any'; Words = @() }
            @{ Names = @('--secret'); Help = 'Sent as X-API-TOKEN; prefer the variable'; Value = 'any'; Words = @() }
            @{ Names = @('--original-timing'); Help = 'With --replay: send each event when it came in the call'; Value = 'none'; Words = @() }
            @{ Names = @('--timeout'); Help = 'To wait for an answer; 0 waits for ever'; Value = 'any'; Words = @() }
            @{ Names = @('--settle'); Help = 'With --replay on WebSocket: milliseconds of quiet after an answer'; Value = 'any'; Words = @() }
            @{ Names = @('--mask'); Help = 'Regular expression; what it matches counts as the same. May be repeated'; Value = 'any'; Words = @() }
            @{ Names = @('--ignore'); Help = 'Field of actions that is not compared, as tts or barge_in.strategy. May be repeated'; Value = 'any'; Words = @() }
            @{ Names = @('--exact'); Help = 'Compare ids and times, too'; Value = 'none'; Words = @() }
            @{ Names = @('--all'); Help = 'Show the turns without a difference, too'; Value = 'none'; Words = @() }
            @{ Names = @('--format'); Help = 'How to print it; side by side on a terminal, else JSON'; Value = 'words'; Words = @('side', 'json') }
            @{ Names = @('--json'); Help = 'Print JSON: short for --format json'; Value = 'none'; Words = @() }
            @{ Names = @('--help', '-h'); Help = 'Show this message and exit'; Value = 'none'; Words = @() }
        )
        Arguments = @(
            @{ Help = 'A recording, the id of a session, or the id of an exchange'; Value = 'any'; Words = @() }
            @{ Help = 'The same, to compare it with'; Value = 'any'; Words = @() }
        )
    }
    'aiflow tunnel' = @{
        Commands = @()
        Options = @(
            @{ Names = @('--flow'); Help = 'Id of the flow; else the one in use'; Value = 'any'; Words = @() }
            @{ Names = @('--provider'); Help = 'How the public URL is made: ngrok, cloudflared, ssh, command, public-url, loopback'; Value = 'any'; Words = @() }
            @{ Names = @('--domain'); Help = 'ngrok: a reserved domain; else a random one'; Value = 'any'; Words = @() }
            @{ Names = @('--region'); Help = 'ngrok: the service''s region; else the nearest'; Value = 'any'; Words = @() }
            @{ Names = @('--download'); Help = 'ngrok: download the agent without asking'; Value = 'none'; Words = @() }
            @{ Names = @('--command'); Help = 'A program that opens a tunnel to {port} and prints its URL'; Value = 'command'; Words = @() }
            @{ Names = @('--url-pattern'); Help = 'Finds the URL in what --command prints'; Value = 'any'; Words = @() }
            @{ Names = @('--public-url'); Help = 'The URL that leads here already, or the one of --command'; Value = 'any'; Words = @() }
            @{ Names = @('--start-timeout'); Help = 'Seconds for the tunnel to be up and to lead here'; Value = 'any'; Words = @() }
            @{ Names = @('--port'); Help = 'Port of the recorder; 0 takes a free one'; Value = 'any'; Words = @() }
            @{ Names = @('--secret'); Help = 'What X-API-TOKEN must be; prefer the variable'; Value = 'any'; Words = @() }
            @{ Names = @('--timeout'); Help = 'Seconds for the bot''s answer; 0 waits for ever'; Value = 'any'; Words = @() }
            @{ Names = @('--no-register', '--register'); Help = 'Register the URL, or say what to paste where'; Value = 'none'; Words = @() }
            @{ Names = @('--take-over'); Help = 'Also from a tunnel that is running'; Value = 'none'; Words = @() }
            @{ Names = @('--restore'); Help = 'Only put back what a killed tunnel has left behind'; Value = 'none'; Words = @() }
            @{ Names = @('--dashboard'); Help = 'Where the flow is; else aiflow.toml''s, or local'; Value = 'words'; Words = @('local', 'vendor') }
            @{ Names = @('--record'); Help = 'Also write a recording of the calls'; Value = 'file'; Words = @() }
            @{ Names = @('--redact'); Help = 'Mask texts and phone numbers in that recording'; Value = 'none'; Words = @() }
            @{ Names = @('--json'); Help = 'Print JSON lines: ready, exchange, moved'; Value = 'none'; Words = @() }
            @{ Names = @('--help', '-h'); Help = 'Show this message and exit'; Value = 'none'; Words = @() }
        )
        Arguments = @(
            @{ Help = 'The bot; else aiflow.toml''s URL'; Value = 'any'; Words = @() }
        )
    }
    'aiflow check' = @{
        Commands = @()
        Options = @(
            @{ Names = @('--only'); Help = 'Run this check or group alone'; Value = 'any'; Words = @() }
            @{ Names = @('--skip'); Help = 'Leave this check or group out'; Value = 'any'; Words = @() }
            @{ Names = @('--severity'); Help = 'Leave out checks below this severity'; Value = 'words'; Words = @('error', 'warning', 'note') }
            @{ Names = @('--format'); Help = 'How the report is written'; Value = 'words'; Words = @('text', 'json', 'junit', 'sarif') }
            @{ Names = @('--json'); Help = 'Print JSON: short for --format json'; Value = 'none'; Words = @() }
            @{ Names = @('--secret'); Help = 'Sent as X-API-TOKEN; prefer the variable'; Value = 'any'; Words = @() }
            @{ Names = @('--timeout'); Help = 'Seconds to wait for an answer; 0 waits for ever'; Value = 'any'; Words = @() }
            @{ Names = @('--record'); Help = 'Write every exchange to the log'; Value = 'none'; Words = @() }
            @{ Names = @('--list'); Help = 'Show the checks and run none'; Value = 'none'; Words = @() }
            @{ Names = @('--fuzz'); Help = 'Play generated calls instead; needs aiflow-cli[test]'; Value = 'none'; Words = @() }
            @{ Names = @('--seed'); Help = 'With --fuzz: the same calls again'; Value = 'any'; Words = @() }
            @{ Names = @('--examples'); Help = 'With --fuzz: how many calls'; Value = 'any'; Words = @() }
            @{ Names = @('--time'); Help = 'With --fuzz: seconds at most'; Value = 'any'; Words = @() }
            @{ Names = @('--save'); Help = 'With --fuzz: where the call that fails is saved'; Value = 'directory'; Words = @() }
            @{ Names = @('--help', '-h'); Help = 'Show this message and exit'; Value = 'none'; Words = @() }
        )
        Arguments = @(
            @{ Help = 'Webhook URL; else the one of aiflow.toml'; Value = 'any'; Words = @() }
        )
    }
    'aiflow dashboard' = @{
        Commands = @(
            @{ Name = 'exec'; Help = 'Run CMD against a fresh dashboard with an empty log; both are gone when it ends.' }
        )
        Options = @(
            @{ Names = @('--port'); Help = 'Port on 127.0.0.1; 0 takes a free one'; Value = 'any'; Words = @() }
            @{ Names = @('--keep-days'); Help = 'Delete exchanges that are older; else keep all'; Value = 'any'; Words = @() }
            @{ Names = @('--keep-exchanges'); Help = 'Delete all but the newest N; else keep all'; Value = 'any'; Words = @() }
            @{ Names = @('--require-token'); Help = 'Answer only who sends AIFLOW_TOKEN as bearer token'; Value = 'none'; Words = @() }
            @{ Names = @('--json'); Help = 'Print the ready line as JSON'; Value = 'none'; Words = @() }
            @{ Names = @('--help', '-h'); Help = 'Show this message and exit'; Value = 'none'; Words = @() }
        )
        Arguments = @()
    }
    'aiflow dashboard exec' = @{
        Commands = @()
        Options = @(
            @{ Names = @('--help', '-h'); Help = 'Show this message and exit'; Value = 'none'; Words = @() }
        )
        Arguments = @(
            @{ Help = 'What to run'; Value = 'command'; Words = @() }
        )
    }
    'aiflow flows' = @{
        Commands = @(
            @{ Name = 'list'; Help = 'List the flows; the one in use is marked.' }
            @{ Name = 'show'; Help = 'Show one flow.' }
            @{ Name = 'create'; Help = 'Create a flow.' }
            @{ Name = 'set-url'; Help = 'Let a flow send its events to another URL.' }
            @{ Name = 'set-number'; Help = 'Give a flow another phone number.' }
            @{ Name = 'set-secret'; Help = 'Give a flow the secret that its webhook asks for: AIFLOW_SECRET, also from .env.' }
            @{ Name = 'delete'; Help = 'Delete a flow; its exchanges stay in the log.' }
            @{ Name = 'use'; Help = 'Let commands mean this flow: writes dashboard.flow into aiflow.toml (outside a project: the user''s config).' }
            @{ Name = 'call'; Help = 'Let a flow call a number.' }
        )
        Options = @(
            @{ Names = @('--help', '-h'); Help = 'Show this message and exit'; Value = 'none'; Words = @() }
        )
        Arguments = @()
    }
    'aiflow flows list' = @{
        Commands = @()
        Options = @(
            @{ Names = @('--dashboard'); Help = 'Which one; else aiflow.toml''s, or local'; Value = 'words'; Words = @('local', 'vendor') }
            @{ Names = @('--json'); Help = 'Print JSON'; Value = 'none'; Words = @() }
            @{ Names = @('--help', '-h'); Help = 'Show this message and exit'; Value = 'none'; Words = @() }
        )
        Arguments = @()
    }
    'aiflow flows show' = @{
        Commands = @()
        Options = @(
            @{ Names = @('--dashboard'); Help = 'Which one; else aiflow.toml''s, or local'; Value = 'words'; Words = @('local', 'vendor') }
            @{ Names = @('--json'); Help = 'Print JSON'; Value = 'none'; Words = @() }
            @{ Names = @('--help', '-h'); Help = 'Show this message and exit'; Value = 'none'; Words = @() }
        )
        Arguments = @(
            @{ Help = 'Id of the flow; else the one in use'; Value = 'any'; Words = @() }
        )
    }
    'aiflow flows create' = @{
        Commands = @()
        Options = @(
            @{ Names = @('--name'); Help = 'What people call it'; Value = 'any'; Words = @() }
            @{ Names = @('--url'); Help = 'URL of the webhook, or of the WebSocket'; Value = 'any'; Words = @() }
            @{ Names = @('--phone-number'); Help = 'Its number, E.164'; Value = 'any'; Words = @() }
            @{ Names = @('--secret'); Help = 'Sent as X-API-TOKEN; prefer the variable'; Value = 'any'; Words = @() }
            @{ Names = @('--dashboard'); Help = 'Which one; else aiflow.toml''s, or local'; Value = 'words'; Words = @('local', 'vendor') }
            @{ Names = @('--json'); Help = 'Print JSON'; Value = 'none'; Words = @() }
            @{ Names = @('--help', '-h'); Help = 'Show this message and exit'; Value = 'none'; Words = @() }
        )
        Arguments = @()
    }
    'aiflow flows set-url' = @{
        Commands = @()
        Options = @(
            @{ Names = @('--dashboard'); Help = 'Which one; else aiflow.toml''s, or local'; Value = 'words'; Words = @('local', 'vendor') }
            @{ Names = @('--json'); Help = 'Print JSON'; Value = 'none'; Words = @() }
            @{ Names = @('--help', '-h'); Help = 'Show this message and exit'; Value = 'none'; Words = @() }
        )
        Arguments = @(
            @{ Help = 'Id of the flow'; Value = 'any'; Words = @() }
            @{ Help = 'URL of the webhook, or of the WebSocket'; Value = 'any'; Words = @() }
        )
    }
    'aiflow flows set-number' = @{
        Commands = @()
        Options = @(
            @{ Names = @('--dashboard'); Help = 'Which one; else aiflow.toml''s, or local'; Value = 'words'; Words = @('local', 'vendor') }
            @{ Names = @('--json'); Help = 'Print JSON'; Value = 'none'; Words = @() }
            @{ Names = @('--help', '-h'); Help = 'Show this message and exit'; Value = 'none'; Words = @() }
        )
        Arguments = @(
            @{ Help = 'Id of the flow'; Value = 'any'; Words = @() }
            @{ Help = 'Its number, E.164'; Value = 'any'; Words = @() }
        )
    }
    'aiflow flows set-secret' = @{
        Commands = @()
        Options = @(
            @{ Names = @('--secret'); Help = 'Sent as X-API-TOKEN; prefer the variable'; Value = 'any'; Words = @() }
            @{ Names = @('--clear'); Help = 'Let it send none'; Value = 'none'; Words = @() }
            @{ Names = @('--dashboard'); Help = 'Which one; else aiflow.toml''s, or local'; Value = 'words'; Words = @('local', 'vendor') }
            @{ Names = @('--json'); Help = 'Print JSON'; Value = 'none'; Words = @() }
            @{ Names = @('--help', '-h'); Help = 'Show this message and exit'; Value = 'none'; Words = @() }
        )
        Arguments = @(
            @{ Help = 'Id of the flow'; Value = 'any'; Words = @() }
        )
    }
    'aiflow flows delete' = @{
        Commands = @()
        Options = @(
            @{ Names = @('--yes', '-y'); Help = 'Do not ask'; Value = 'none'; Words = @() }
            @{ Names = @('--dashboard'); Help = 'Which one; else aiflow.toml''s, or local'; Value = 'words'; Words = @('local', 'vendor') }
            @{ Names = @('--json'); Help = 'Print JSON'; Value = 'none'; Words = @() }
            @{ Names = @('--help', '-h'); Help = 'Show this message and exit'; Value = 'none'; Words = @() }
        )
        Arguments = @(
            @{ Help = 'Id of the flow'; Value = 'any'; Words = @() }
        )
    }
    'aiflow flows use' = @{
        Commands = @()
        Options = @(
            @{ Names = @('--dashboard'); Help = 'Which one; else aiflow.toml''s, or local'; Value = 'words'; Words = @('local', 'vendor') }
            @{ Names = @('--json'); Help = 'Print JSON'; Value = 'none'; Words = @() }
            @{ Names = @('--help', '-h'); Help = 'Show this message and exit'; Value = 'none'; Words = @() }
        )
        Arguments = @(
            @{ Help = 'Id of the flow'; Value = 'any'; Words = @() }
        )
    }
    'aiflow flows call' = @{
        Commands = @()
        Options = @(
            @{ Names = @('--to'); Help = 'Number to call, E.164'; Value = 'any'; Words = @() }
            @{ Names = @('--device'); Help = 'Billing device at the vendor, for example e2'; Value = 'any'; Words = @() }
            @{ Names = @('--dashboard'); Help = 'Which one; else aiflow.toml''s, or local'; Value = 'words'; Words = @('local', 'vendor') }
            @{ Names = @('--json'); Help = 'Print JSON'; Value = 'none'; Words = @() }
            @{ Names = @('--help', '-h'); Help = 'Show this message and exit'; Value = 'none'; Words = @() }
        )
        Arguments = @(
            @{ Help = 'Id of the flow; else the one in use'; Value = 'any'; Words = @() }
        )
    }
    'aiflow config' = @{
        Commands = @(
            @{ Name = 'list'; Help = 'Show every setting, its value and where it came from; secrets are masked.' }
            @{ Name = 'get'; Help = 'Print one setting''s value.' }
            @{ Name = 'path'; Help = 'Show which files are read and written.' }
        )
        Options = @(
            @{ Names = @('--help', '-h'); Help = 'Show this message and exit'; Value = 'none'; Words = @() }
        )
        Arguments = @()
    }
    'aiflow config list' = @{
        Commands = @()
        Options = @(
            @{ Names = @('--json'); Help = 'Print JSON'; Value = 'none'; Words = @() }
            @{ Names = @('--help', '-h'); Help = 'Show this message and exit'; Value = 'none'; Words = @() }
        )
        Arguments = @()
    }
    'aiflow config get' = @{
        Commands = @()
        Options = @(
            @{ Names = @('--json'); Help = 'Print JSON'; Value = 'none'; Words = @() }
            @{ Names = @('--help', '-h'); Help = 'Show this message and exit'; Value = 'none'; Words = @() }
        )
        Arguments = @(
            @{ Help = 'As in aiflow.toml: webhook.url'; Value = 'words'; Words = @('webhook.url', 'app.command', 'app.health', 'dashboard.url', 'dashboard.flow', 'tunnel.provider', 'calls.paths', 'masks.patterns', 'masks.ignore', 'webhook.secret', 'dashboard.token', 'tunnel.ngrok_authtoken', 'store') }
        )
    }
    'aiflow config path' = @{
        Commands = @()
        Options = @(
            @{ Names = @('--json'); Help = 'Print JSON'; Value = 'none'; Words = @() }
            @{ Names = @('--help', '-h'); Help = 'Show this message and exit'; Value = 'none'; Words = @() }
        )
        Arguments = @()
    }
    'aiflow completion' = @{
        Commands = @()
        Options = @(
            @{ Names = @('--help', '-h'); Help = 'Show this message and exit'; Value = 'none'; Words = @() }
        )
        Arguments = @(
            @{ Help = 'Which shell'; Value = 'words'; Words = @('bash', 'zsh', 'fish', 'powershell') }
        )
    }
}

Register-ArgumentCompleter -Native -CommandName aiflow -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $path = 'aiflow'
    $position = 0
    $pending = $null
    foreach ($element in $commandAst.CommandElements | Select-Object -Skip 1) {
        if ($element.Extent.EndOffset -ge $cursorPosition) { break }
        $word = $element.ToString()
        if ($pending) {
            $pending = $null
        } elseif ($word.StartsWith('-')) {
            $pending = $global:AiflowCommands[$path].Options |
                Where-Object { $_.Names -ccontains $word -and $_.Value -ne 'none' }
        } elseif ($global:AiflowCommands.ContainsKey("$path $word")) {
            $path = "$path $word"
        } else {
            $position++
        }
    }

    $command = $global:AiflowCommands[$path]
    $found = @()
    if ($pending) {
        if ($pending.Value -ne 'words') { return }
        $found = $pending.Words | ForEach-Object { @{ Name = $_; Help = $pending.Help } }
    } elseif ($wordToComplete.StartsWith('-')) {
        $found = $command.Options | ForEach-Object {
            $help = $_.Help
            $_.Names | ForEach-Object { @{ Name = $_; Help = $help } }
        }
    } elseif ($command.Commands.Count) {
        $found = $command.Commands
    } elseif ($command.Arguments.Count) {
        $argument = $command.Arguments[[Math]::Min($position, $command.Arguments.Count - 1)]
        if ($argument.Value -ne 'words') { return }
        $found = $argument.Words | ForEach-Object { @{ Name = $_; Help = $argument.Help } }
    }
    $found | Where-Object { $_.Name.StartsWith($wordToComplete) } | ForEach-Object {
        $help = if ($_.Help) { $_.Help } else { $_.Name }
        [System.Management.Automation.CompletionResult]::new($_.Name, $_.Name, 'ParameterValue', $help)
    }
}
