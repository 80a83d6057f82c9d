"""A fast upstream of its own process: canned answers of the 2017-01-17 API over plain sockets.

`python -m bench.stub PORT [ROWS A PAGE] [ROWS IN ALL] [MILLISECONDS TO WAIT]`
"""

from __future__ import annotations

import functools
import json
import socket
import sys
import threading
import time

TIME = 1_700_000_000.123
HIT = {
    "HITTypeId": "3TYPE2017EXAMPLE0000000000000",
    "HITGroupId": "3GROUP2017EXAMPLE000000000000",
    "CreationTime": TIME,
    "Title": "Label this image & say why",
    "Description": "Look at one image and choose the label that fits best",
    "Question": '<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2006-07-14/'
    'ExternalQuestion.xsd"><ExternalURL>https://example.com/task?image=1&amp;set=2</ExternalURL>'
    "<FrameHeight>400</FrameHeight></ExternalQuestion>",
    "Keywords": "image, label, quick",
    "HITStatus": "Assignable",
    "MaxAssignments": 3,
    "Reward": "0.05",
    "AutoApprovalDelayInSeconds": 2592000,
    "Expiration": TIME + 86400,
    "AssignmentDurationInSeconds": 600,
    "RequesterAnnotation": "batch 17",
    "QualificationRequirements": [
        {
            "QualificationTypeId": "000000000000000000L0",
            "Comparator": "GreaterThanOrEqualTo",
            "IntegerValues": [95],
            "RequiredToPreview": False,
            "ActionsGuarded": "Accept",
        }
    ],
    "HITReviewStatus": "NotReviewed",
    "NumberOfAssignmentsPending": 0,
    "NumberOfAssignmentsAvailable": 3,
    "NumberOfAssignmentsCompleted": 0,
}
ANSWER = (
    '<?xml version="1.0" encoding="UTF-8"?><QuestionFormAnswers xmlns="http://mechanicalturk.amazonaws.com/'
    'AWSMechanicalTurkDataSchemas/2005-10-01/QuestionFormAnswers.xsd"><Answer><QuestionIdentifier>q1</QuestionIdentifier>'
    f"<FreeText>%d {'A sentence of some length, said again. ' * 20}</FreeText></Answer></QuestionFormAnswers>"
)


def _hit(number: int) -> dict[str, object]:
    # Of real lists, titles repeat and identities and times do not.
    return {**HIT, "HITId": f"3{number:029d}", "CreationTime": TIME + number, "Expiration": TIME + number + 86400}


def _assignment(number: int) -> dict[str, object]:
    return {
        "AssignmentId": f"3A{number:028d}",
        "WorkerId": f"A{number % 997:013d}",
        "HITId": "3HIT2017EXAMPLE00000000000000",
        "AssignmentStatus": "Submitted",
        "AutoApprovalTime": TIME + number + 2592000,
        "AcceptTime": TIME + number,
        "SubmitTime": TIME + number + 60,
        "Answer": ANSWER % number,
    }


MAKERS = {"ListHITs": ("HITs", _hit), "ListAssignmentsForHIT": ("Assignments", _assignment)}


@functools.lru_cache(maxsize=64)
def _page(operation: str, first: int, rows: int, total: int) -> bytes:
    name, make = MAKERS[operation]
    last = min(first + rows, total or rows)
    answer: dict[str, object] = {"NumResults": last - first, name: [make(number) for number in range(first, last)]}
    if last < total:
        answer["NextToken"] = str(last)
    return _framed(json.dumps(answer))


def _framed(body: str) -> bytes:
    raw = body.encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {len(raw)}\r\n\r\n"
    return head.encode() + raw


#: Answers to all other operations; those not named here answer with nothing in them, as most changes do.
OTHERS = {"GetAccountBalance": _framed('{"AvailableBalance":"10000.00"}')}
EMPTY = _framed("{}")


def answer(head: bytes, body: bytes, rows: int, total: int) -> bytes:
    """The whole response to one request."""
    at = head.lower().find(b"x-amz-target:")
    operation = head[at + 13 : head.find(b"\r", at)].strip().rpartition(b".")[2].decode()
    if operation not in MAKERS:
        return OTHERS.get(operation, EMPTY)
    asked = json.loads(body)
    return _page(operation, int(asked.get("NextToken", 0)), min(rows, asked.get("MaxResults", rows)), total)


def _serve(connection: socket.socket, rows: int, total: int, pause: float) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    received = b""
    while True:
        while b"\r\n\r\n" not in received:
            piece = connection.recv(65536)
            if not piece:
                return
            received += piece
        head, _, received = received.partition(b"\r\n\r\n")
        at = head.lower().find(b"content-length:")
        length = int(head[at + 15 : (head + b"\r").find(b"\r", at)]) if at >= 0 else 0
        while len(received) < length:
            received += connection.recv(65536)
        body, received = received[:length], received[length:]
        if pause:
            time.sleep(pause)
        connection.sendall(answer(head, body, rows, total))


def main() -> None:
    port, rows, total, milliseconds = (*map(int, sys.argv[1:]), *(8000, 100, 0, 0)[len(sys.argv) - 1 :])
    with socket.create_server(("127.0.0.1", port), backlog=512) as listening:
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=_serve, args=(connection, rows, total, milliseconds / 1000), daemon=True).start()


if __name__ == "__main__":
    main()
