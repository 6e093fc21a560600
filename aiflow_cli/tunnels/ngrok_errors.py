"""What ngrok's error codes mean, as a sentence and a next step."""

from __future__ import annotations

import re

from aiflow_cli.errors import AiflowError, CredentialsError, TunnelError

_TOKEN_PAGE = "https://dashboard.ngrok.com/get-started/your-authtoken"
_CODE = re.compile(r"ERR_NGROK_(\d+)")

_BAD_TOKEN = f"copy the authtoken again from {_TOKEN_PAGE} and set NGROK_AUTHTOKEN"
_UPSTREAM = "that is between ngrok and the recorder on this machine: try again, and report it if it stays"

_SENTENCES: dict[str, tuple[str, str]] = {
    "4018": (
        "ngrok wants an account, and no authtoken is set",
        f"get one at {_TOKEN_PAGE}, then set NGROK_AUTHTOKEN, in the environment or in .env",
    ),
    "105": ("ngrok does not accept the authtoken: it is no token of theirs", _BAD_TOKEN),
    "107": ("ngrok does not accept the authtoken: it was revoked, or is somebody else's", _BAD_TOKEN),
    "108": (
        "another ngrok agent of this account is running, and the plan allows no second one",
        "end it (https://dashboard.ngrok.com/agents; here: `pgrep -a ngrok`), or use --provider cloudflared",
    ),
    "334": (
        "the domain is taken by another tunnel of this account",
        "end that one, or leave --domain out to get a random one",
    ),
    "3200": ("ngrok says that the tunnel is offline", "wait a moment and try again"),
    "8012": ("ngrok cannot reach the recorder", _UPSTREAM),
    "121": ("the ngrok agent is too old for the service", "update it: ngrok update"),
    "320": ("the domain is not reserved for this account", "reserve it at https://dashboard.ngrok.com/domains"),
}

_CREDENTIAL = ("4018", "105", "107")

_NETWORK = re.compile(
    r"dial tcp|no such host|i/o timeout|network is unreachable|connection refused|x509|has no records|EOF"
)


def explain(text: str) -> AiflowError:
    """The error for what the agent said.

    Args:
        text: of the agent, in its own words.
    """
    code = _CODE.search(text)
    if code is not None and code[1] in _SENTENCES:
        sentence, hint = _SENTENCES[code[1]]
        kind = CredentialsError if code[1] in _CREDENTIAL else TunnelError
        return kind(f"{sentence} (ERR_NGROK_{code[1]})", hint=hint)
    if code is not None:
        number = code[1]
        return TunnelError(f"ngrok: {_tidy(text)}", hint=f"see https://ngrok.com/docs/errors/err_ngrok_{number}")
    if _NETWORK.search(text):
        return TunnelError(f"ngrok cannot reach its service: {_tidy(text)}", hint=_network_hint(text))
    return TunnelError(f"ngrok: {_tidy(text)}", hint="see its own words with: ngrok http 80 --log stdout")


def _network_hint(text: str) -> str:
    if "x509" in text:
        return "something reads your TLS traffic: set root_cas in ngrok's own config, which is taken over"
    return "check the network; behind a proxy, set http_proxy or ngrok's proxy_url"


def _tidy(text: str) -> str:
    """One line; the agent's own has line ends, also as escapes."""
    return re.sub(r"(\\[rn]|\s)+", " ", text).strip()[:400]
