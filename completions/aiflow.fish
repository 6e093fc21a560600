# fish completion for aiflow. Written by `make generate`.

function __aiflow_at --description 'The command line so far is this command, with so many arguments'
    # $argv[1]: the path; $argv[2]: number of arguments, or nothing for any.
    set -l path aiflow
    set -l position 0
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
        else if string match -q -- '-*' $word
            if not string match -q -- '*=*' $word; and contains -- "$path $word" $__aiflow_valued
                set skip 1
            end
        else if contains -- "$path $word" $__aiflow_commands
            set path "$path $word"
        else
            set position (math $position + 1)
        end
    end
    test "$path" = "$argv[1]"; and begin
        test (count $argv) = 1; or test $position -ge $argv[2] -a $position -le $argv[3]
    end
end

set -g __aiflow_commands \
    'aiflow init' \
    'aiflow demo' \
    'aiflow call' \
    'aiflow test' \
    'aiflow send-event' \
    'aiflow logs' \
    'aiflow replay' \
    'aiflow diff' \
    'aiflow tunnel' \
    'aiflow check' \
    'aiflow dashboard' \
    'aiflow dashboard exec' \
    'aiflow flows' \
    'aiflow flows list' \
    'aiflow flows show' \
    'aiflow flows create' \
    'aiflow flows set-url' \
    'aiflow flows set-number' \
    'aiflow flows set-secret' \
    'aiflow flows delete' \
    'aiflow flows use' \
    'aiflow flows call' \
    'aiflow config' \
    'aiflow config list' \
    'aiflow config get' \
    'aiflow config path' \
    'aiflow completion'

set -g __aiflow_valued \
    'aiflow init --template' \
    'aiflow init -t' \
    'aiflow init --transport' \
    'aiflow init --name' \
    'aiflow init --url' \
    'aiflow call --say' \
    'aiflow call --script' \
    'aiflow call --only' \
    'aiflow call --var' \
    'aiflow call --answer-time' \
    'aiflow call --seed' \
    'aiflow call --settle' \
    'aiflow call --timeout' \
    'aiflow call --secret' \
    'aiflow call --record' \
    'aiflow test --keyword' \
    'aiflow test -k' \
    'aiflow test --tag' \
    'aiflow test --workers' \
    'aiflow test -n' \
    'aiflow test --junitxml' \
    'aiflow test --var' \
    'aiflow test --timeout' \
    'aiflow test --start-timeout' \
    'aiflow send-event --text' \
    'aiflow send-event --digit' \
    'aiflow send-event --set' \
    'aiflow send-event --data' \
    'aiflow send-event --session-id' \
    'aiflow send-event --url' \
    'aiflow send-event --secret' \
    'aiflow send-event --timeout' \
    'aiflow send-event --repeat' \
    'aiflow logs --number' \
    'aiflow logs -n' \
    'aiflow logs --since' \
    'aiflow logs --until' \
    'aiflow logs --type' \
    'aiflow logs --session' \
    'aiflow logs --outcome' \
    'aiflow logs --flow' \
    'aiflow logs --grep' \
    'aiflow logs --format' \
    'aiflow logs --save' \
    'aiflow logs --dashboard' \
    'aiflow replay --url' \
    'aiflow replay --secret' \
    'aiflow replay --timeout' \
    'aiflow replay --settle' \
    'aiflow replay --output' \
    'aiflow replay -o' \
    'aiflow replay --save-as-test' \
    'aiflow diff --url' \
    'aiflow diff --secret' \
    'aiflow diff --timeout' \
    'aiflow diff --settle' \
    'aiflow diff --mask' \
    'aiflow diff --ignore' \
    'aiflow diff --format' \
    'aiflow tunnel --flow' \
    'aiflow tunnel --provider' \
    'aiflow tunnel --domain' \
    'aiflow tunnel --region' \
    'aiflow tunnel --command' \
    'aiflow tunnel --url-pattern' \
    'aiflow tunnel --public-url' \
    'aiflow tunnel --start-timeout' \
    'aiflow tunnel --port' \
    'aiflow tunnel --secret' \
    'aiflow tunnel --timeout' \
    'aiflow tunnel --dashboard' \
    'aiflow tunnel --record' \
    'aiflow check --only' \
    'aiflow check --skip' \
    'aiflow check --severity' \
    'aiflow check --format' \
    'aiflow check --secret' \
    'aiflow check --timeout' \
    'aiflow check --seed' \
    'aiflow check --examples' \
    'aiflow check --time' \
    'aiflow check --save' \
    'aiflow dashboard --port' \
    'aiflow dashboard --keep-days' \
    'aiflow dashboard --keep-exchanges' \
    'aiflow flows list --dashboard' \
    'aiflow flows show --dashboard' \
    'aiflow flows create --name' \
    'aiflow flows create --url' \
    'aiflow flows create --phone-number' \
    'aiflow flows create --secret' \
    'aiflow flows create --dashboard' \
    'aiflow flows set-url --dashboard' \
    'aiflow flows set-number --dashboard' \
    'aiflow flows set-secret --secret' \
    'aiflow flows set-secret --dashboard' \
    'aiflow flows delete --dashboard' \
    'aiflow flows use --dashboard' \
    'aiflow flows call --to' \
    'aiflow flows call --device' \
    'aiflow flows call --dashboard'

complete -c aiflow -f

# aiflow
complete -c aiflow -n "__aiflow_at 'aiflow' 0 0" -a 'init' -d 'Scaffold a webhook project'
complete -c aiflow -n "__aiflow_at 'aiflow' 0 0" -a 'demo' -d 'See a call with nothing installed but aiflow'
complete -c aiflow -n "__aiflow_at 'aiflow' 0 0" -a 'call' -d 'Place a simulated call: type what the caller says, or play a script'
complete -c aiflow -n "__aiflow_at 'aiflow' 0 0" -a 'test' -d 'Run the project\'s conversation tests'
complete -c aiflow -n "__aiflow_at 'aiflow' 0 0" -a 'send-event' -d 'Send one event to the webhook and judge the answer'
complete -c aiflow -n "__aiflow_at 'aiflow' 0 0" -a 'logs' -d 'Show and follow the exchange log'
complete -c aiflow -n "__aiflow_at 'aiflow' 0 0" -a 'replay' -d 'Send a recorded call again and show what the bot answers now'
complete -c aiflow -n "__aiflow_at 'aiflow' 0 0" -a 'diff' -d 'Compare two recorded calls turn by turn'
complete -c aiflow -n "__aiflow_at 'aiflow' 0 0" -a 'tunnel' -d 'Give the bot a public URL, register it with its flow, and record every exchange'
complete -c aiflow -n "__aiflow_at 'aiflow' 0 0" -a 'check' -d 'Check a webhook against the protocol, and score it'
complete -c aiflow -n "__aiflow_at 'aiflow' 0 0" -a 'dashboard' -d 'Run the local dashboard: its API, the exchange log and the live stream'
complete -c aiflow -n "__aiflow_at 'aiflow' 0 0" -a 'flows' -d 'The dashboard\'s flows: which bot answers at which URL'
complete -c aiflow -n "__aiflow_at 'aiflow' 0 0" -a 'config' -d 'Show the settings: what is set, and where it came from'
complete -c aiflow -n "__aiflow_at 'aiflow' 0 0" -a 'completion' -d 'Print the completion script for a shell: bash, zsh, fish or powershell'
complete -c aiflow -n "__aiflow_at 'aiflow'" -l version -s V -d 'Show the version and exit'
complete -c aiflow -n "__aiflow_at 'aiflow'" -l help -s h -d 'Show this message and exit'

# aiflow init
complete -c aiflow -n "__aiflow_at 'aiflow init'" -l template -s t -x -a 'flask express go sinatra' -d 'flask, express, go or sinatra'
complete -c aiflow -n "__aiflow_at 'aiflow init'" -l transport -x -d 'http, or websocket (flask and express); http if not given'
complete -c aiflow -n "__aiflow_at 'aiflow init'" -l name -x -d 'Name of the project; else the folder\'s'
complete -c aiflow -n "__aiflow_at 'aiflow init'" -l bare -d 'Only aiflow.toml, .env and its ignore line, for a bot that exists'
complete -c aiflow -n "__aiflow_at 'aiflow init'" -l url -x -d 'With --bare: the webhook\'s URL'
complete -c aiflow -n "__aiflow_at 'aiflow init'" -l dry-run -d 'Print the plan; write nothing'
complete -c aiflow -n "__aiflow_at 'aiflow init'" -l force -d 'Overwrite files that differ (never .env)'
complete -c aiflow -n "__aiflow_at 'aiflow init'" -l verify -d 'Start the bot and run its conversation tests, on a free port'
complete -c aiflow -n "__aiflow_at 'aiflow init'" -l list -d 'List the templates'
complete -c aiflow -n "__aiflow_at 'aiflow init'" -l json -d 'Print the plan, or the list, as JSON'
complete -c aiflow -n "__aiflow_at 'aiflow init'" -l help -s h -d 'Show this message and exit'
complete -c aiflow -n "__aiflow_at 'aiflow init' 0 0" -a '(__fish_complete_directories)'

# aiflow demo
complete -c aiflow -n "__aiflow_at 'aiflow demo'" -l once -d 'Exit after the call'
complete -c aiflow -n "__aiflow_at 'aiflow demo'" -l json -d 'Print what happens as JSON lines'
complete -c aiflow -n "__aiflow_at 'aiflow demo'" -l help -s h -d 'Show this message and exit'

# aiflow call
complete -c aiflow -n "__aiflow_at 'aiflow call'" -l say -x -d 'Said in turn; then the caller hangs up'
complete -c aiflow -n "__aiflow_at 'aiflow call'" -l script -r -F -d 'Calls to play: a call file (YAML)'
complete -c aiflow -n "__aiflow_at 'aiflow call'" -l only -x -d 'Of the script: the call with this name'
complete -c aiflow -n "__aiflow_at 'aiflow call'" -l var -x -d 'Variable of the script'
complete -c aiflow -n "__aiflow_at 'aiflow call'" -l real-time -d 'Wait as long as the call lasts'
complete -c aiflow -n "__aiflow_at 'aiflow call'" -l answer-time -x -d 'Call time that an answer takes, in milliseconds'
complete -c aiflow -n "__aiflow_at 'aiflow call'" -l seed -x -d 'Fix session ids and times'
complete -c aiflow -n "__aiflow_at 'aiflow call'" -l settle -x -d 'WebSocket: milliseconds of quiet after which an answer is complete'
complete -c aiflow -n "__aiflow_at 'aiflow call'" -l timeout -x -d 'Seconds to wait for an answer; 0 waits for ever'
complete -c aiflow -n "__aiflow_at 'aiflow call'" -l secret -x -d 'Sent as X-API-TOKEN; prefer the variable'
complete -c aiflow -n "__aiflow_at 'aiflow call'" -l record -r -F -d 'Write a recording of the call'
complete -c aiflow -n "__aiflow_at 'aiflow call'" -l redact -d 'Mask texts and phone numbers in that recording'
complete -c aiflow -n "__aiflow_at 'aiflow call'" -l json -d 'Print what happens as JSON lines'
complete -c aiflow -n "__aiflow_at 'aiflow call'" -l help -s h -d 'Show this message and exit'

# aiflow test
complete -c aiflow -n "__aiflow_at 'aiflow test'" -l keyword -s k -x -d 'Only calls whose name or file matches, as pytest -k'
complete -c aiflow -n "__aiflow_at 'aiflow test'" -l tag -x -d 'Only calls with one of these tags'
complete -c aiflow -n "__aiflow_at 'aiflow test'" -l exitfirst -s x -d 'Stop at the first failure'
complete -c aiflow -n "__aiflow_at 'aiflow test'" -l last-failed -l lf -d 'Only the calls that failed last time (all, if none did)'
complete -c aiflow -n "__aiflow_at 'aiflow test'" -l workers -s n -x -d 'Processes, or auto (needs pytest-xdist)'
complete -c aiflow -n "__aiflow_at 'aiflow test'" -l junitxml -r -F -d 'Write a JUnit report'
complete -c aiflow -n "__aiflow_at 'aiflow test'" -l var -x -d 'Variable of the call files'
complete -c aiflow -n "__aiflow_at 'aiflow test'" -l record -d 'Keep the exchanges in the log'
complete -c aiflow -n "__aiflow_at 'aiflow test'" -l timeout -x -d 'Seconds to wait for an answer; 0 waits for ever'
complete -c aiflow -n "__aiflow_at 'aiflow test'" -l start-timeout -x -d 'Seconds that the bot may take to start'
complete -c aiflow -n "__aiflow_at 'aiflow test'" -l verbose -s v -d 'A line for each call'
complete -c aiflow -n "__aiflow_at 'aiflow test'" -l help -s h -d 'Show this message and exit'
complete -c aiflow -n "__aiflow_at 'aiflow test' 0 9999" -F

# aiflow send-event
complete -c aiflow -n "__aiflow_at 'aiflow send-event'" -l text -x -d 'What the caller said'
complete -c aiflow -n "__aiflow_at 'aiflow send-event'" -l digit -x -d 'The key pressed: 0-9, * or #'
complete -c aiflow -n "__aiflow_at 'aiflow send-event'" -l set -x -d 'Change a field'
complete -c aiflow -n "__aiflow_at 'aiflow send-event'" -l data -x -a '@(__fish_complete_path (string replace -r "^(--[^=]*=)?@?" "" -- (commandline -ct)))' -d 'The whole event as JSON'
complete -c aiflow -n "__aiflow_at 'aiflow send-event'" -l session-id -x -d 'Id of the call; fresh for each event if not given'
complete -c aiflow -n "__aiflow_at 'aiflow send-event'" -l url -x -d 'Webhook URL; else the one of aiflow.toml'
complete -c aiflow -n "__aiflow_at 'aiflow send-event'" -l secret -x -d 'Sent as X-API-TOKEN; prefer the variable'
complete -c aiflow -n "__aiflow_at 'aiflow send-event'" -l timeout -x -d 'Seconds to wait for the answer; 0 waits for ever'
complete -c aiflow -n "__aiflow_at 'aiflow send-event'" -l repeat -x -d 'Send it so many times and sum up the latencies'
complete -c aiflow -n "__aiflow_at 'aiflow send-event'" -l strict -d 'Exit 1 on any finding, not on errors alone'
complete -c aiflow -n "__aiflow_at 'aiflow send-event'" -l json -d 'Print the exchange as JSON, a line each'
complete -c aiflow -n "__aiflow_at 'aiflow send-event'" -l curl -d 'Print the equivalent curl command; send nothing'
complete -c aiflow -n "__aiflow_at 'aiflow send-event'" -l help -s h -d 'Show this message and exit'
complete -c aiflow -n "__aiflow_at 'aiflow send-event' 0 0" -a 'session_start user_speech_started user_speak user_barge_in dtmf_received user_input_timeout assistant_speak assistant_speech_ended session_end' -d 'Event type, for example user_speak'

# aiflow logs
complete -c aiflow -n "__aiflow_at 'aiflow logs'" -l follow -s f -d 'Go on with what comes'
complete -c aiflow -n "__aiflow_at 'aiflow logs'" -l number -s n -x -d 'Show the last N exchanges'
complete -c aiflow -n "__aiflow_at 'aiflow logs'" -l since -x -d 'From then on: 10m, 2h, or RFC 3339'
complete -c aiflow -n "__aiflow_at 'aiflow logs'" -l until -x -d 'Up to then'
complete -c aiflow -n "__aiflow_at 'aiflow logs'" -l type -x -a 'session_start user_speech_started user_speak user_barge_in dtmf_received user_input_timeout assistant_speak assistant_speech_ended session_end' -d 'Of this event type; may be repeated'
complete -c aiflow -n "__aiflow_at 'aiflow logs'" -l session -x -d 'Of this call'
complete -c aiflow -n "__aiflow_at 'aiflow logs'" -l outcome -x -a 'rejected connection-error timeout http-error invalid-action slow no-action ok' -d 'With this outcome; may be repeated'
complete -c aiflow -n "__aiflow_at 'aiflow logs'" -l flow -x -d 'Of this flow; all flows if not given'
complete -c aiflow -n "__aiflow_at 'aiflow logs'" -l grep -x -d 'Holding this text anywhere, in any case'
complete -c aiflow -n "__aiflow_at 'aiflow logs'" -l format -x -a 'pretty json jsonl transcript' -d 'How to print it'
complete -c aiflow -n "__aiflow_at 'aiflow logs'" -l json -d 'Print JSON lines: short for --format jsonl'
complete -c aiflow -n "__aiflow_at 'aiflow logs'" -l save -r -F -d 'With --session: write a recording of the call'
complete -c aiflow -n "__aiflow_at 'aiflow logs'" -l redact -d 'Mask texts and phone numbers in that recording'
complete -c aiflow -n "__aiflow_at 'aiflow logs'" -l dashboard -x -a 'local vendor' -d 'Whose log; else aiflow.toml\'s, or the local one'
complete -c aiflow -n "__aiflow_at 'aiflow logs'" -l help -s h -d 'Show this message and exit'

# aiflow replay
complete -c aiflow -n "__aiflow_at 'aiflow replay'" -l url -x -d 'Where to; else the project\'s bot, else where it was recorded (on this machine)'
complete -c aiflow -n "__aiflow_at 'aiflow replay'" -l secret -x -d 'Sent as X-API-TOKEN; prefer the variable'
complete -c aiflow -n "__aiflow_at 'aiflow replay'" -l original-timing -d 'Send each event when it came in the call, not as soon as the bot has answered'
complete -c aiflow -n "__aiflow_at 'aiflow replay'" -l keep-ids -d 'Leave session ids and times as recorded'
complete -c aiflow -n "__aiflow_at 'aiflow replay'" -l timeout -x -d 'To wait for an answer; 0 waits for ever'
complete -c aiflow -n "__aiflow_at 'aiflow replay'" -l settle -x -d 'WebSocket: milliseconds of quiet after which an answer is complete'
complete -c aiflow -n "__aiflow_at 'aiflow replay'" -l output -s o -r -F -d 'Record the new call'
complete -c aiflow -n "__aiflow_at 'aiflow replay'" -l redact -d 'Mask texts and phone numbers in that file'
complete -c aiflow -n "__aiflow_at 'aiflow replay'" -l save-as-test -r -F -d 'Send nothing; write a call file that expects the recorded answers'
complete -c aiflow -n "__aiflow_at 'aiflow replay'" -l json -d 'Print the new exchanges as JSON lines'
complete -c aiflow -n "__aiflow_at 'aiflow replay'" -l help -s h -d 'Show this message and exit'
complete -c aiflow -n "__aiflow_at 'aiflow replay' 0 0" -F

# aiflow diff
complete -c aiflow -n "__aiflow_at 'aiflow diff'" -l replay -d 'Compare with what the bot answers now: the recording is sent again'
complete -c aiflow -n "__aiflow_at 'aiflow diff'" -l url -x -d 'With --replay: where to; else the project\'s bot, else where it was recorded'
complete -c aiflow -n "__aiflow_at 'aiflow diff'" -l secret -x -d 'Sent as X-API-TOKEN; prefer the variable'
complete -c aiflow -n "__aiflow_at 'aiflow diff'" -l original-timing -d 'With --replay: send each event when it came in the call'
complete -c aiflow -n "__aiflow_at 'aiflow diff'" -l timeout -x -d 'To wait for an answer; 0 waits for ever'
complete -c aiflow -n "__aiflow_at 'aiflow diff'" -l settle -x -d 'With --replay on WebSocket: milliseconds of quiet after an answer'
complete -c aiflow -n "__aiflow_at 'aiflow diff'" -l mask -x -d 'Regular expression; what it matches counts as the same. May be repeated'
complete -c aiflow -n "__aiflow_at 'aiflow diff'" -l ignore -x -d 'Field of actions that is not compared, as tts or barge_in.strategy. May be repeated'
complete -c aiflow -n "__aiflow_at 'aiflow diff'" -l exact -d 'Compare ids and times, too'
complete -c aiflow -n "__aiflow_at 'aiflow diff'" -l all -d 'Show the turns without a difference, too'
complete -c aiflow -n "__aiflow_at 'aiflow diff'" -l format -x -a 'side json' -d 'How to print it; side by side on a terminal, else JSON'
complete -c aiflow -n "__aiflow_at 'aiflow diff'" -l json -d 'Print JSON: short for --format json'
complete -c aiflow -n "__aiflow_at 'aiflow diff'" -l help -s h -d 'Show this message and exit'

# aiflow tunnel
complete -c aiflow -n "__aiflow_at 'aiflow tunnel'" -l flow -x -d 'Id of the flow; else the one in use'
complete -c aiflow -n "__aiflow_at 'aiflow tunnel'" -l provider -x -d 'How the public URL is made: ngrok, cloudflared, ssh, command, public-url, loopback'
complete -c aiflow -n "__aiflow_at 'aiflow tunnel'" -l domain -x -d 'ngrok: a reserved domain; else a random one'
complete -c aiflow -n "__aiflow_at 'aiflow tunnel'" -l region -x -d 'ngrok: the service\'s region; else the nearest'
complete -c aiflow -n "__aiflow_at 'aiflow tunnel'" -l download -d 'ngrok: download the agent without asking'
complete -c aiflow -n "__aiflow_at 'aiflow tunnel'" -l command -x -a '(__fish_complete_command)' -d 'A program that opens a tunnel to {port} and prints its URL'
complete -c aiflow -n "__aiflow_at 'aiflow tunnel'" -l url-pattern -x -d 'Finds the URL in what --command prints'
complete -c aiflow -n "__aiflow_at 'aiflow tunnel'" -l public-url -x -d 'The URL that leads here already, or the one of --command'
complete -c aiflow -n "__aiflow_at 'aiflow tunnel'" -l start-timeout -x -d 'Seconds for the tunnel to be up and to lead here'
complete -c aiflow -n "__aiflow_at 'aiflow tunnel'" -l port -x -d 'Port of the recorder; 0 takes a free one'
complete -c aiflow -n "__aiflow_at 'aiflow tunnel'" -l secret -x -d 'What X-API-TOKEN must be; prefer the variable'
complete -c aiflow -n "__aiflow_at 'aiflow tunnel'" -l timeout -x -d 'Seconds for the bot\'s answer; 0 waits for ever'
complete -c aiflow -n "__aiflow_at 'aiflow tunnel'" -l no-register -l register -d 'Register the URL, or say what to paste where'
complete -c aiflow -n "__aiflow_at 'aiflow tunnel'" -l take-over -d 'Also from a tunnel that is running'
complete -c aiflow -n "__aiflow_at 'aiflow tunnel'" -l restore -d 'Only put back what a killed tunnel has left behind'
complete -c aiflow -n "__aiflow_at 'aiflow tunnel'" -l dashboard -x -a 'local vendor' -d 'Where the flow is; else aiflow.toml\'s, or local'
complete -c aiflow -n "__aiflow_at 'aiflow tunnel'" -l record -r -F -d 'Also write a recording of the calls'
complete -c aiflow -n "__aiflow_at 'aiflow tunnel'" -l redact -d 'Mask texts and phone numbers in that recording'
complete -c aiflow -n "__aiflow_at 'aiflow tunnel'" -l json -d 'Print JSON lines: ready, exchange, moved'
complete -c aiflow -n "__aiflow_at 'aiflow tunnel'" -l help -s h -d 'Show this message and exit'

# aiflow check
complete -c aiflow -n "__aiflow_at 'aiflow check'" -l only -x -d 'Run this check or group alone'
complete -c aiflow -n "__aiflow_at 'aiflow check'" -l skip -x -d 'Leave this check or group out'
complete -c aiflow -n "__aiflow_at 'aiflow check'" -l severity -x -a 'error warning note' -d 'Leave out checks below this severity'
complete -c aiflow -n "__aiflow_at 'aiflow check'" -l format -x -a 'text json junit sarif' -d 'How the report is written'
complete -c aiflow -n "__aiflow_at 'aiflow check'" -l json -d 'Print JSON: short for --format json'
complete -c aiflow -n "__aiflow_at 'aiflow check'" -l secret -x -d 'Sent as X-API-TOKEN; prefer the variable'
complete -c aiflow -n "__aiflow_at 'aiflow check'" -l timeout -x -d 'Seconds to wait for an answer; 0 waits for ever'
complete -c aiflow -n "__aiflow_at 'aiflow check'" -l record -d 'Write every exchange to the log'
complete -c aiflow -n "__aiflow_at 'aiflow check'" -l list -d 'Show the checks and run none'
complete -c aiflow -n "__aiflow_at 'aiflow check'" -l fuzz -d 'Play generated calls instead; needs aiflow-cli[test]'
complete -c aiflow -n "__aiflow_at 'aiflow check'" -l seed -x -d 'With --fuzz: the same calls again'
complete -c aiflow -n "__aiflow_at 'aiflow check'" -l examples -x -d 'With --fuzz: how many calls'
complete -c aiflow -n "__aiflow_at 'aiflow check'" -l time -x -d 'With --fuzz: seconds at most'
complete -c aiflow -n "__aiflow_at 'aiflow check'" -l save -x -a '(__fish_complete_directories)' -d 'With --fuzz: where the call that fails is saved'
complete -c aiflow -n "__aiflow_at 'aiflow check'" -l help -s h -d 'Show this message and exit'

# aiflow dashboard
complete -c aiflow -n "__aiflow_at 'aiflow dashboard' 0 0" -a 'exec' -d 'Run CMD against a fresh dashboard with an empty log; both are gone when it ends'
complete -c aiflow -n "__aiflow_at 'aiflow dashboard'" -l port -x -d 'Port on 127.0.0.1; 0 takes a free one'
complete -c aiflow -n "__aiflow_at 'aiflow dashboard'" -l keep-days -x -d 'Delete exchanges that are older; else keep all'
complete -c aiflow -n "__aiflow_at 'aiflow dashboard'" -l keep-exchanges -x -d 'Delete all but the newest N; else keep all'
complete -c aiflow -n "__aiflow_at 'aiflow dashboard'" -l require-token -d 'Answer only who sends AIFLOW_TOKEN as bearer token'
complete -c aiflow -n "__aiflow_at 'aiflow dashboard'" -l json -d 'Print the ready line as JSON'
complete -c aiflow -n "__aiflow_at 'aiflow dashboard'" -l help -s h -d 'Show this message and exit'

# aiflow dashboard exec
complete -c aiflow -n "__aiflow_at 'aiflow dashboard exec'" -l help -s h -d 'Show this message and exit'
complete -c aiflow -n "__aiflow_at 'aiflow dashboard exec' 0 9999" -a '(__fish_complete_command)'

# aiflow flows
complete -c aiflow -n "__aiflow_at 'aiflow flows' 0 0" -a 'list' -d 'List the flows; the one in use is marked'
complete -c aiflow -n "__aiflow_at 'aiflow flows' 0 0" -a 'show' -d 'Show one flow'
complete -c aiflow -n "__aiflow_at 'aiflow flows' 0 0" -a 'create' -d 'Create a flow'
complete -c aiflow -n "__aiflow_at 'aiflow flows' 0 0" -a 'set-url' -d 'Let a flow send its events to another URL'
complete -c aiflow -n "__aiflow_at 'aiflow flows' 0 0" -a 'set-number' -d 'Give a flow another phone number'
complete -c aiflow -n "__aiflow_at 'aiflow flows' 0 0" -a 'set-secret' -d 'Give a flow the secret that its webhook asks for: AIFLOW_SECRET, also from .env'
complete -c aiflow -n "__aiflow_at 'aiflow flows' 0 0" -a 'delete' -d 'Delete a flow; its exchanges stay in the log'
complete -c aiflow -n "__aiflow_at 'aiflow flows' 0 0" -a 'use' -d 'Let commands mean this flow: writes dashboard.flow into aiflow.toml (outside a project: the user\'s config)'
complete -c aiflow -n "__aiflow_at 'aiflow flows' 0 0" -a 'call' -d 'Let a flow call a number'
complete -c aiflow -n "__aiflow_at 'aiflow flows'" -l help -s h -d 'Show this message and exit'

# aiflow flows list
complete -c aiflow -n "__aiflow_at 'aiflow flows list'" -l dashboard -x -a 'local vendor' -d 'Which one; else aiflow.toml\'s, or local'
complete -c aiflow -n "__aiflow_at 'aiflow flows list'" -l json -d 'Print JSON'
complete -c aiflow -n "__aiflow_at 'aiflow flows list'" -l help -s h -d 'Show this message and exit'

# aiflow flows show
complete -c aiflow -n "__aiflow_at 'aiflow flows show'" -l dashboard -x -a 'local vendor' -d 'Which one; else aiflow.toml\'s, or local'
complete -c aiflow -n "__aiflow_at 'aiflow flows show'" -l json -d 'Print JSON'
complete -c aiflow -n "__aiflow_at 'aiflow flows show'" -l help -s h -d 'Show this message and exit'

# aiflow flows create
complete -c aiflow -n "__aiflow_at 'aiflow flows create'" -l name -x -d 'What people call it'
complete -c aiflow -n "__aiflow_at 'aiflow flows create'" -l url -x -d 'URL of the webhook, or of the WebSocket'
complete -c aiflow -n "__aiflow_at 'aiflow flows create'" -l phone-number -x -d 'Its number, E.164'
complete -c aiflow -n "__aiflow_at 'aiflow flows create'" -l secret -x -d 'Sent as X-API-TOKEN; prefer the variable'
complete -c aiflow -n "__aiflow_at 'aiflow flows create'" -l dashboard -x -a 'local vendor' -d 'Which one; else aiflow.toml\'s, or local'
complete -c aiflow -n "__aiflow_at 'aiflow flows create'" -l json -d 'Print JSON'
complete -c aiflow -n "__aiflow_at 'aiflow flows create'" -l help -s h -d 'Show this message and exit'

# aiflow flows set-url
complete -c aiflow -n "__aiflow_at 'aiflow flows set-url'" -l dashboard -x -a 'local vendor' -d 'Which one; else aiflow.toml\'s, or local'
complete -c aiflow -n "__aiflow_at 'aiflow flows set-url'" -l json -d 'Print JSON'
complete -c aiflow -n "__aiflow_at 'aiflow flows set-url'" -l help -s h -d 'Show this message and exit'

# aiflow flows set-number
complete -c aiflow -n "__aiflow_at 'aiflow flows set-number'" -l dashboard -x -a 'local vendor' -d 'Which one; else aiflow.toml\'s, or local'
complete -c aiflow -n "__aiflow_at 'aiflow flows set-number'" -l json -d 'Print JSON'
complete -c aiflow -n "__aiflow_at 'aiflow flows set-number'" -l help -s h -d 'Show this message and exit'

# aiflow flows set-secret
complete -c aiflow -n "__aiflow_at 'aiflow flows set-secret'" -l secret -x -d 'Sent as X-API-TOKEN; prefer the variable'
complete -c aiflow -n "__aiflow_at 'aiflow flows set-secret'" -l clear -d 'Let it send none'
complete -c aiflow -n "__aiflow_at 'aiflow flows set-secret'" -l dashboard -x -a 'local vendor' -d 'Which one; else aiflow.toml\'s, or local'
complete -c aiflow -n "__aiflow_at 'aiflow flows set-secret'" -l json -d 'Print JSON'
complete -c aiflow -n "__aiflow_at 'aiflow flows set-secret'" -l help -s h -d 'Show this message and exit'

# aiflow flows delete
complete -c aiflow -n "__aiflow_at 'aiflow flows delete'" -l yes -s y -d 'Do not ask'
complete -c aiflow -n "__aiflow_at 'aiflow flows delete'" -l dashboard -x -a 'local vendor' -d 'Which one; else aiflow.toml\'s, or local'
complete -c aiflow -n "__aiflow_at 'aiflow flows delete'" -l json -d 'Print JSON'
complete -c aiflow -n "__aiflow_at 'aiflow flows delete'" -l help -s h -d 'Show this message and exit'

# aiflow flows use
complete -c aiflow -n "__aiflow_at 'aiflow flows use'" -l dashboard -x -a 'local vendor' -d 'Which one; else aiflow.toml\'s, or local'
complete -c aiflow -n "__aiflow_at 'aiflow flows use'" -l json -d 'Print JSON'
complete -c aiflow -n "__aiflow_at 'aiflow flows use'" -l help -s h -d 'Show this message and exit'

# aiflow flows call
complete -c aiflow -n "__aiflow_at 'aiflow flows call'" -l to -x -d 'Number to call, E.164'
complete -c aiflow -n "__aiflow_at 'aiflow flows call'" -l device -x -d 'Billing device at the vendor, for example e2'
complete -c aiflow -n "__aiflow_at 'aiflow flows call'" -l dashboard -x -a 'local vendor' -d 'Which one; else aiflow.toml\'s, or local'
complete -c aiflow -n "__aiflow_at 'aiflow flows call'" -l json -d 'Print JSON'
complete -c aiflow -n "__aiflow_at 'aiflow flows call'" -l help -s h -d 'Show this message and exit'

# aiflow config
complete -c aiflow -n "__aiflow_at 'aiflow config' 0 0" -a 'list' -d 'Show every setting, its value and where it came from; secrets are masked'
complete -c aiflow -n "__aiflow_at 'aiflow config' 0 0" -a 'get' -d 'Print one setting\'s value'
complete -c aiflow -n "__aiflow_at 'aiflow config' 0 0" -a 'path' -d 'Show which files are read and written'
complete -c aiflow -n "__aiflow_at 'aiflow config'" -l help -s h -d 'Show this message and exit'

# aiflow config list
complete -c aiflow -n "__aiflow_at 'aiflow config list'" -l json -d 'Print JSON'
complete -c aiflow -n "__aiflow_at 'aiflow config list'" -l help -s h -d 'Show this message and exit'

# aiflow config get
complete -c aiflow -n "__aiflow_at 'aiflow config get'" -l json -d 'Print JSON'
complete -c aiflow -n "__aiflow_at 'aiflow config get'" -l help -s h -d 'Show this message and exit'
complete -c aiflow -n "__aiflow_at 'aiflow config get' 0 0" -a 'webhook.url app.command app.health dashboard.url dashboard.flow tunnel.provider calls.paths masks.patterns masks.ignore webhook.secret dashboard.token tunnel.ngrok_authtoken store' -d 'As in aiflow.toml: webhook.url'

# aiflow config path
complete -c aiflow -n "__aiflow_at 'aiflow config path'" -l json -d 'Print JSON'
complete -c aiflow -n "__aiflow_at 'aiflow config path'" -l help -s h -d 'Show this message and exit'

# aiflow completion
complete -c aiflow -n "__aiflow_at 'aiflow completion'" -l help -s h -d 'Show this message and exit'
complete -c aiflow -n "__aiflow_at 'aiflow completion' 0 0" -a 'bash zsh fish powershell' -d 'Which shell'
