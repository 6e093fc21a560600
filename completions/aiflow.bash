# bash completion for aiflow. Written by `make generate`.
#
# Shared by the functions below: cur, the part of the word that is completed; pre, what stands before it in the same
# word; full, the whole word.

_aiflow_words() {
    # Not compgen -W, which expands what it is given.
    local word
    for word in "$@"; do
        if [[ $word == "$cur"* ]]; then COMPREPLY+=("$pre$word"); fi
    done
}

_aiflow_names() {
    # $1: -f for files, -d for folders, -c for commands.
    local name
    compopt -o filenames 2>/dev/null
    while IFS= read -r name; do COMPREPLY+=("$pre$name"); done < <(compgen "$1" -- "$cur")
}

_aiflow_at_file() {
    if [[ $full == *@* ]]; then
        # readline cuts the word behind the @, but replaces it from the @ on.
        pre+=@ cur=${cur#@}
        _aiflow_names -f
    else
        compopt -o nospace 2>/dev/null
        COMPREPLY=("${pre}@")
    fi
}

_aiflow_is_command() {
    case $1 in
        'aiflow init' | \
            'aiflow demo' | \
            'aiflow call' | \
            'aiflow test' | \
            'aiflow send-event' | \
            'aiflow logs' | \
            'aiflow replay' | \
            'aiflow diff' | \
            'aiflow tunnel' | \
            'aiflow check' | \
            'aiflow dashboard' | \
            'aiflow dashboard exec' | \
            'aiflow flows' | \
            'aiflow flows list' | \
            'aiflow flows show' | \
            'aiflow flows create' | \
            'aiflow flows set-url' | \
            'aiflow flows set-number' | \
            'aiflow flows set-secret' | \
            'aiflow flows delete' | \
            'aiflow flows use' | \
            'aiflow flows call' | \
            'aiflow config' | \
            'aiflow config list' | \
            'aiflow config get' | \
            'aiflow config path' | \
            'aiflow completion') return 0 ;;
    esac
    return 1
}

_aiflow_takes_value() {
    case $1 in
        'aiflow init --template' | 'aiflow init -t' | 'aiflow init --transport' | 'aiflow init --name' | 'aiflow init --url') return 0 ;;
        'aiflow call --say' | 'aiflow call --script' | 'aiflow call --only' | 'aiflow call --var' | 'aiflow call --answer-time' | 'aiflow call --seed' | 'aiflow call --settle' | 'aiflow call --timeout' | 'aiflow call --secret' | 'aiflow call --record') return 0 ;;
        'aiflow test --keyword' | 'aiflow test -k' | 'aiflow test --tag' | 'aiflow test --workers' | 'aiflow test -n' | 'aiflow test --junitxml' | 'aiflow test --var' | 'aiflow test --timeout' | 'aiflow test --start-timeout') return 0 ;;
        'aiflow send-event --text' | 'aiflow send-event --digit' | 'aiflow send-event --set' | 'aiflow send-event --data' | 'aiflow send-event --session-id' | 'aiflow send-event --url' | 'aiflow send-event --secret' | 'aiflow send-event --timeout' | 'aiflow send-event --repeat') return 0 ;;
        'aiflow logs --number' | 'aiflow logs -n' | 'aiflow logs --since' | 'aiflow logs --until' | 'aiflow logs --type' | 'aiflow logs --session' | 'aiflow logs --outcome' | 'aiflow logs --flow' | 'aiflow logs --grep' | 'aiflow logs --format' | 'aiflow logs --save' | 'aiflow logs --dashboard') return 0 ;;
        'aiflow replay --url' | 'aiflow replay --secret' | 'aiflow replay --timeout' | 'aiflow replay --settle' | 'aiflow replay --output' | 'aiflow replay -o' | 'aiflow replay --save-as-test') return 0 ;;
        'aiflow diff --url' | 'aiflow diff --secret' | 'aiflow diff --timeout' | 'aiflow diff --settle' | 'aiflow diff --mask' | 'aiflow diff --ignore' | 'aiflow diff --format') return 0 ;;
        'aiflow tunnel --flow' | 'aiflow tunnel --provider' | 'aiflow tunnel --domain' | 'aiflow tunnel --region' | 'aiflow tunnel --command' | 'aiflow tunnel --url-pattern' | 'aiflow tunnel --public-url' | 'aiflow tunnel --start-timeout' | 'aiflow tunnel --port' | 'aiflow tunnel --secret' | 'aiflow tunnel --timeout' | 'aiflow tunnel --dashboard' | 'aiflow tunnel --record') return 0 ;;
        'aiflow check --only' | 'aiflow check --skip' | 'aiflow check --severity' | 'aiflow check --format' | 'aiflow check --secret' | 'aiflow check --timeout' | 'aiflow check --seed' | 'aiflow check --examples' | 'aiflow check --time' | 'aiflow check --save') return 0 ;;
        'aiflow dashboard --port' | 'aiflow dashboard --keep-days' | 'aiflow dashboard --keep-exchanges') return 0 ;;
        'aiflow flows list --dashboard') return 0 ;;
        'aiflow flows show --dashboard') return 0 ;;
        'aiflow flows create --name' | 'aiflow flows create --url' | 'aiflow flows create --phone-number' | 'aiflow flows create --secret' | 'aiflow flows create --dashboard') return 0 ;;
        'aiflow flows set-url --dashboard') return 0 ;;
        'aiflow flows set-number --dashboard') return 0 ;;
        'aiflow flows set-secret --secret' | 'aiflow flows set-secret --dashboard') return 0 ;;
        'aiflow flows delete --dashboard') return 0 ;;
        'aiflow flows use --dashboard') return 0 ;;
        'aiflow flows call --to' | 'aiflow flows call --device' | 'aiflow flows call --dashboard') return 0 ;;
    esac
    return 1
}

_aiflow_value() {
    case $1 in
        'aiflow init --template' | 'aiflow init -t') _aiflow_words flask express go sinatra ;;
        'aiflow call --script') _aiflow_names -f ;;
        'aiflow call --record') _aiflow_names -f ;;
        'aiflow test --junitxml') _aiflow_names -f ;;
        'aiflow send-event --data') _aiflow_at_file ;;
        'aiflow logs --type') _aiflow_words session_start user_speech_started user_speak user_barge_in dtmf_received user_input_timeout assistant_speak assistant_speech_ended session_end ;;
        'aiflow logs --outcome') _aiflow_words rejected connection-error timeout http-error invalid-action slow no-action ok ;;
        'aiflow logs --format') _aiflow_words pretty json jsonl transcript ;;
        'aiflow logs --save') _aiflow_names -f ;;
        'aiflow logs --dashboard') _aiflow_words local vendor ;;
        'aiflow replay --output' | 'aiflow replay -o') _aiflow_names -f ;;
        'aiflow replay --save-as-test') _aiflow_names -f ;;
        'aiflow diff --format') _aiflow_words side json ;;
        'aiflow tunnel --command') _aiflow_names -c ;;
        'aiflow tunnel --dashboard') _aiflow_words local vendor ;;
        'aiflow tunnel --record') _aiflow_names -f ;;
        'aiflow check --severity') _aiflow_words error warning note ;;
        'aiflow check --format') _aiflow_words text json junit sarif ;;
        'aiflow check --save') _aiflow_names -d ;;
        'aiflow flows list --dashboard') _aiflow_words local vendor ;;
        'aiflow flows show --dashboard') _aiflow_words local vendor ;;
        'aiflow flows create --dashboard') _aiflow_words local vendor ;;
        'aiflow flows set-url --dashboard') _aiflow_words local vendor ;;
        'aiflow flows set-number --dashboard') _aiflow_words local vendor ;;
        'aiflow flows set-secret --dashboard') _aiflow_words local vendor ;;
        'aiflow flows delete --dashboard') _aiflow_words local vendor ;;
        'aiflow flows use --dashboard') _aiflow_words local vendor ;;
        'aiflow flows call --dashboard') _aiflow_words local vendor ;;
    esac
}

_aiflow_options() {
    case $1 in
        aiflow) _aiflow_words --version -V --help -h ;;
        'aiflow init') _aiflow_words --template -t --transport --name --bare --url --dry-run --force --verify --list --json --help -h ;;
        'aiflow demo') _aiflow_words --once --json --help -h ;;
        'aiflow call') _aiflow_words --say --script --only --var --real-time --answer-time --seed --settle --timeout --secret --record --redact --json --help -h ;;
        'aiflow test') _aiflow_words --keyword -k --tag --exitfirst -x --last-failed --lf --workers -n --junitxml --var --record --timeout --start-timeout --verbose -v --help -h ;;
        'aiflow send-event') _aiflow_words --text --digit --set --data --session-id --url --secret --timeout --repeat --strict --json --curl --help -h ;;
        'aiflow logs') _aiflow_words --follow -f --number -n --since --until --type --session --outcome --flow --grep --format --json --save --redact --dashboard --help -h ;;
        'aiflow replay') _aiflow_words --url --secret --original-timing --keep-ids --timeout --settle --output -o --redact --save-as-test --json --help -h ;;
        'aiflow diff') _aiflow_words --replay --url --secret --original-timing --timeout --settle --mask --ignore --exact --all --format --json --help -h ;;
        'aiflow tunnel') _aiflow_words --flow --provider --domain --region --download --command --url-pattern --public-url --start-timeout --port --secret --timeout --no-register --register --take-over --restore --dashboard --record --redact --json --help -h ;;
        'aiflow check') _aiflow_words --only --skip --severity --format --json --secret --timeout --record --list --fuzz --seed --examples --time --save --help -h ;;
        'aiflow dashboard') _aiflow_words --port --keep-days --keep-exchanges --require-token --json --help -h ;;
        'aiflow dashboard exec') _aiflow_words --help -h ;;
        'aiflow flows') _aiflow_words --help -h ;;
        'aiflow flows list') _aiflow_words --dashboard --json --help -h ;;
        'aiflow flows show') _aiflow_words --dashboard --json --help -h ;;
        'aiflow flows create') _aiflow_words --name --url --phone-number --secret --dashboard --json --help -h ;;
        'aiflow flows set-url') _aiflow_words --dashboard --json --help -h ;;
        'aiflow flows set-number') _aiflow_words --dashboard --json --help -h ;;
        'aiflow flows set-secret') _aiflow_words --secret --clear --dashboard --json --help -h ;;
        'aiflow flows delete') _aiflow_words --yes -y --dashboard --json --help -h ;;
        'aiflow flows use') _aiflow_words --dashboard --json --help -h ;;
        'aiflow flows call') _aiflow_words --to --device --dashboard --json --help -h ;;
        'aiflow config') _aiflow_words --help -h ;;
        'aiflow config list') _aiflow_words --json --help -h ;;
        'aiflow config get') _aiflow_words --json --help -h ;;
        'aiflow config path') _aiflow_words --json --help -h ;;
        'aiflow completion') _aiflow_words --help -h ;;
    esac
}

_aiflow_argument() {
    case "$1 $2" in
        'aiflow dashboard exec'' '*) _aiflow_names -c ;;
        'aiflow config get'' '0) _aiflow_words webhook.url app.command app.health dashboard.url dashboard.flow tunnel.provider calls.paths masks.patterns masks.ignore webhook.secret dashboard.token tunnel.ngrok_authtoken store ;;
        'aiflow init'' '0) _aiflow_names -d ;;
        'aiflow test'' '*) _aiflow_names -f ;;
        'aiflow send-event'' '0) _aiflow_words session_start user_speech_started user_speak user_barge_in dtmf_received user_input_timeout assistant_speak assistant_speech_ended session_end ;;
        'aiflow replay'' '0) _aiflow_names -f ;;
        'aiflow dashboard'' '*) _aiflow_words exec ;;
        'aiflow flows'' '*) _aiflow_words list show create set-url set-number set-secret delete use call ;;
        'aiflow config'' '*) _aiflow_words list get path ;;
        'aiflow completion'' '0) _aiflow_words bash zsh fish powershell ;;
        aiflow' '*) _aiflow_words init demo call test send-event logs replay diff tunnel check dashboard flows config completion ;;
    esac
}

_aiflow() {
    local cur=${COMP_WORDS[COMP_CWORD]} pre='' full='' path=aiflow option='' position=0 glued='' index word
    local -a words
    words=()
    COMPREPLY=()

    # COMP_WORDBREAKS cuts --option=value, http://host:port and @file into several words: join them again.
    for ((index = 1; index <= COMP_CWORD; index++)); do
        word=${COMP_WORDS[index]}
        if [[ $glued || ($word == [=:]* && ${#words[@]} -gt 0) ]]; then
            words[${#words[@]}-1]+=$word
        else
            words+=("$word")
        fi
        glued=''
        if [[ $word =~ ^[=:@]+$ ]]; then glued=1; fi
    done
    full=${words[${#words[@]}-1]}
    unset "words[${#words[@]}-1]"
    if [[ $cur =~ ^[=:@]+$ ]]; then cur=''; fi

    # Which command is this, whose value comes next, and how many arguments are there already?
    for word in "${words[@]}"; do
        if [[ $option ]]; then
            option=''
        elif [[ $word == -* ]]; then
            if _aiflow_takes_value "$path $word"; then option=$word; fi
        elif _aiflow_is_command "$path $word"; then
            path="$path $word"
        else
            position=$((position + 1))
        fi
    done

    if [[ ! $option && $full == --*=* ]]; then
        option=${full%%=*}
        if [[ $cur == *=* ]]; then pre=${cur%%=*}= cur=${cur#*=}; fi
    fi
    if [[ $option ]]; then
        _aiflow_value "$path $option"
    elif [[ $full == -* ]]; then
        _aiflow_options "$path"
    else
        _aiflow_argument "$path" "$position"
    fi
}

complete -F _aiflow aiflow
