"""What SOAP costs over REST: CPU time of the gateway per RevokeQualification, in the same run, with a stub upstream."""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import http.client
import itertools
import sys
import time

from bench import measure

#: The highest ratio of SOAP to REST.
LIMIT = 1.25
NAMESPACE = "http://requester.mturk.amazonaws.com/doc/2012-03-25"
TYPE = "3TYPE2017EXAMPLE0000000000000"


class SoapClient:
    """An old SOAP client over one kept connection; messages as the Ruby SDK sends them."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def __call__(self, operation: str, **members: object) -> bytes:
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        text = f"{measure.SERVICE}{operation}{moment}".encode()
        signed = base64.b64encode(hmac.new(measure.SECRET_ACCESS_KEY.encode(), text, hashlib.sha1).digest()).decode()
        inner = "".join(f"        <n2:{name}>{value}</n2:{name}>\n" for name, value in members.items())
        body = f"""<?xml version="1.0" encoding="utf-8" ?>
<env:Envelope xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xmlns:xsd="http://www.w3.org/2001/XMLSchema"
    xmlns:env="http://schemas.xmlsoap.org/soap/envelope/">
  <env:Header>
        <n1:X-Amazon-Software xmlns:n1="http://amazonaws.com/header"
            env:mustUnderstand="0">ruby-aws/1.5.1 MTurkRubySDK</n1:X-Amazon-Software>
  </env:Header>
  <env:Body>
    <n2:{operation} xmlns:n2="{NAMESPACE}">
      <n2:AWSAccessKeyId>{measure.ACCESS_KEY_ID}</n2:AWSAccessKeyId>
      <n2:Timestamp>{moment}</n2:Timestamp>
      <n2:Signature>{signed}</n2:Signature>
      <n2:Request>
{inner}      </n2:Request>
    </n2:{operation}>
  </env:Body>
</env:Envelope>"""
        kind = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '"http://soap.amazon.com"'}
        self._connection.request("POST", "/onca/soap", body.encode(), kind)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != 200 or b"<IsValid>True" not in content:
            raise RuntimeError(f"{operation}: {answer.status} {content[:600]!r}")
        return content


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--calls", type=int, default=200)
    chosen = parser.parse_args()
    numbers = itertools.count()
    with measure.stub() as upstream, measure.gateway(upstream=upstream.url, workers=1) as server:
        rest, soap = measure.LegacyClient(server.port), SoapClient(server.port)

        def revoking(client):
            return lambda: client("RevokeQualification", SubjectId=f"A{next(numbers)}", QualificationTypeId=TYPE)

        figures = measure.interleaved(
            {"REST": (revoking(rest), server.cpu), "SOAP": (revoking(soap), server.cpu)},
            calls=chosen.calls,
            rounds=chosen.rounds,
        )
    measure.print_table(
        ("protocol", "gateway, CPU ms per RevokeQualification"),
        [(name, measure.spread(each)) for name, each in figures.items()],
    )
    ratio = measure.median([soap / rest for soap, rest in zip(figures["SOAP"], figures["REST"], strict=True)])
    return 0 if measure.judged("SOAP over REST", ratio, LIMIT) else 1


if __name__ == "__main__":
    sys.exit(main())
