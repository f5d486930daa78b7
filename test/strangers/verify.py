"""Verifies one access token as an API in Python does: with PyJWT, and with Authlib.

stdin: {"jwks_uri", "issuer", "audience", "token", "alg"}. stdout: {"pyjwt", "authlib"}, each the claims' `sub` or the
name of the error.
"""

import json
import sys
import urllib.request

import jwt
from authlib.jose import JsonWebKey, JsonWebToken

ask = json.load(sys.stdin)


def with_pyjwt():
    key = jwt.PyJWKClient(ask["jwks_uri"]).get_signing_key_from_jwt(ask["token"])
    options = {"require": ["exp", "iat", "sub"]}
    if jwt.get_unverified_header(ask["token"])["typ"] != "at+jwt":
        raise jwt.InvalidTokenError("not an access token")
    return jwt.decode(
        ask["token"], key.key, algorithms=[ask["alg"]], audience=ask["audience"], issuer=ask["issuer"], options=options
    )


def with_authlib():
    with urllib.request.urlopen(ask["jwks_uri"]) as answer:
        keys = JsonWebKey.import_key_set(json.load(answer))
    options = {"iss": {"essential": True, "value": ask["issuer"]}, "aud": {"essential": True, "value": ask["audience"]}}
    claims = JsonWebToken([ask["alg"]]).decode(ask["token"], keys, claims_options=options)
    claims.validate()
    return claims


def outcome(verify):
    try:
        return verify()["sub"]
    except Exception as error:
        return type(error).__name__


json.dump({"pyjwt": outcome(with_pyjwt), "authlib": outcome(with_authlib)}, sys.stdout)
