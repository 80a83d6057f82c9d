"""A requester's working day through turkic 0.2.4 under Python 2.7: its api module, configured as its users do."""

import os
import sys
import types

from common import finish, note, redirect, work

redirect()
config = types.ModuleType("config")
config.signature = str(os.environ["AWS_SECRET_ACCESS_KEY"])
config.accesskey = str(os.environ["AWS_ACCESS_KEY_ID"])
config.localhost = "https://example.com"
config.sandbox = True
sys.modules["config"] = config

from turkic import api  # noqa: E402

server = api.server
note("balance", server.balance)
hits = [
    server.createhit("Label", "Draw & label", "?id=1", 0.05, 600, 3600, keywords=""),
    server.createhit(
        "Label", "Draw", "?id=2", 0.05, 600, 3600, "video, label", minapprovedpercent=90, minapprovedamount=50
    ),
]
note("hits", [bool(hit.hitid) and bool(hit.hittypeid) for hit in hits])
one = work(hits[0].hitid, "AWORKERONE1")
server.accept(one)
server.bonus("AWORKERONE1", one, 0.1, "Great")
two = work(hits[1].hitid, "AWORKERTWO2")
server.reject(two, "No")
server.block("AWORKERTWO2", "spam")
server.unblock("AWORKERTWO2")
server.email("AWORKERONE1", "Hello", "There is more")
note("statistics", [server.rewardpayout, server.approvalpercentage, server.feepayout, server.numcreated])
try:
    server.accept(one)
except api.CommunicationError as error:
    note("twice", str(error))
# The client's purge asks until nothing is left; what cannot be disabled any more must be hidden from it first.
for hit in hits:
    server.request("DisposeHIT", {"HITId": hit.hitid}).validate("DisposeHITResult/Request/IsValid")
for number in range(3):
    server.createhit("Label", "Draw", "?id=" + str(number), 0.05, 600, 3600)
server.purge()
found = server.request("SearchHITs", {})
found.store("SearchHITsResult/TotalNumResults", "num", int)
note("left", found.num)
finish()
