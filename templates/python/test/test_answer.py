import unittest

from answer import answer


class AnswerTest(unittest.TestCase):
    def test_greets_with_the_word(self):
        self.assertEqual(answer("/", {"GREETING": "hi"}, None), (200, "hi from {{name}}\n"))

    def test_relays_the_other_server(self):
        self.assertEqual(answer("/upstream", {"UPSTREAM": "x"}, lambda url: (200, url)), (200, "x"))

    def test_knows_no_other_path(self):
        self.assertEqual(answer("/nothing", {}, None)[0], 404)
