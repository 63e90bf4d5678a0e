"""The Hub's side of LTI 1.3: a launch from a learning platform is the login. `configure(c, lti=…)` switches it on.

ltiauthenticator begins the login and holds state and nonce to the browser. The service is handed the signed launch,
checks all of it, and says who it is and where they go: the Hub itself asks no platform, so none can hold it up.
"""

import json
from typing import Any
from urllib.parse import urlencode

from ltiauthenticator.lti13.auth import LTI13Authenticator
from ltiauthenticator.lti13.handlers import LTI13CallbackHandler
from tornado import web
from tornado.httpclient import AsyncHTTPClient
from traitlets import Unicode


class Callback(LTI13CallbackHandler):  # type: ignore[misc]
    """Where the platform sends the browser with its launch."""

    go = ""

    def decode_and_validate_launch_request(self) -> dict[str, Any]:
        """See the base, which goes on to `authenticate` with it."""
        self.check_state()
        return {"id_token": self.get_argument("id_token"), "host": self.request.host}

    def get_next_url(self, user: Any = None) -> str:
        """As the service said, whatever stands in the addresses that came."""
        return self.go


class LTIAuthenticator(LTI13Authenticator):  # type: ignore[misc]
    """Who comes is who the platform says; the service knows under which name."""

    callback_handler = Callback
    service = Unicode(help="Where CodeGYM's service answers: http://HOST:PORT/services/NAME.").tag(config=True)

    async def authenticate(self, handler: Any, data: Any = None) -> Any:
        """See the base. Raises HTTPError, in the service's words."""
        body = urlencode(data)
        answer = await AsyncHTTPClient().fetch(
            f"{self.service}/lti/launch", method="POST", body=body, raise_error=False
        )
        if answer.code != 200:
            refused = 400 <= answer.code < 500
            said = json.loads(answer.body)["error"] if refused else "CodeGYM does not answer. Try again in a moment."
            raise web.HTTPError(answer.code if refused else 503, said)
        told = json.loads(answer.body)
        handler.check_nonce(told)
        handler.go = told["go"]
        return {"name": told["account"]}
