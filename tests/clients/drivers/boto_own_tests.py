"""The live tests that came with boto 2.2.2, run as their authors did: with a local.py that turns the connection on."""

import doctest
import os
import shutil
import sys
import unittest

import boto.mturk.test
from common import finish, note, work

shutil.copytree(os.path.dirname(boto.mturk.test.__file__), "own")  # noqa: PTH120
os.chdir("own")
with open("local.py", "w") as file:  # noqa: PTH123
    file.write("live_connection = True\n")
del sys.modules["common"]  # boto's tests have a module of that name
sys.path.insert(0, ".")

from create_hit_external import Test as External  # noqa: E402
from create_hit_test import TestHITCreation  # noqa: E402
from hit_persistence import TestHITPersistence  # noqa: E402
from test_disable_hit import TestDisableHITs  # noqa: E402

# Some of the tests ask for an account that has reviewable HITs with answers.
common = TestHITCreation("testCallCreateHitWithOneQuestion")
common.setUp()
wanted = common.get_hit_params()
wanted["max_assignments"] = 1
for number in range(2):
    work(common.conn.create_hit(question=common.get_question(), **wanted)[0].HITId, "AWORKER" + str(number))

load = unittest.defaultTestLoader.loadTestsFromTestCase
suite = unittest.TestSuite([load(each) for each in (External, TestHITCreation, TestHITPersistence, TestDisableHITs)])
# Two of the files fail by boto 2.2.2 itself: one formats a pattern as a number before anything is sent, the other still
# expects answers as pairs, as an earlier boto gave them.
BROKEN = ("create_free_text_question_regex.doctest", "reviewable_hits.doctest")
files = sorted(name for name in os.listdir(".") if name.endswith(".doctest") and name not in BROKEN)  # noqa: PTH208
suite.addTest(doctest.DocFileSuite(*files, module_relative=False))
result = unittest.TextTestRunner(stream=sys.stderr).run(suite)
note("ran", result.testsRun)
note("files", files)
note("failures", [str(test) + "\n" + text[:1500] for test, text in result.failures + result.errors])
finish()
