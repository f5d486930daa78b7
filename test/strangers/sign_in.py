"""Signs in with Authlib's OAuth2Session: prints where to send the browser, reads where it came back, then the tokens.

argv: the metadata's URL, the client id, the redirect URI, the scope. stdin: the client secret, then the answer's URL.
"""

import json
import os
import sys
import urllib.request

from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # http, on this machine only
metadata_url, client_id, redirect_uri, scope = sys.argv[1:]
with urllib.request.urlopen(metadata_url) as answer:
    metadata = json.load(answer)

client = OAuth2Session(
    client_id,
    sys.stdin.readline().strip(),
    scope=scope,
    redirect_uri=redirect_uri,
    code_challenge_method="S256",
    token_endpoint=metadata["token_endpoint"],
)
verifier = generate_token(48)
url, state = client.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier)
print(url, flush=True)

came_back = sys.stdin.readline().strip()
client.fetch_token(metadata["token_endpoint"], authorization_response=came_back, state=state, code_verifier=verifier)
person = client.get(metadata["userinfo_endpoint"]).json()
first = client.token["access_token"]
client.refresh_token(metadata["token_endpoint"])
print(json.dumps({"name": person["name"], "sub": person["sub"], "refreshed": client.token["access_token"] != first}))
