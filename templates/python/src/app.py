"""The function's entry: componentize-py makes a component of this module."""
import os

from answer import answer
from web import fetch, path_of, respond
from wit_world import exports


class IncomingHandler(exports.IncomingHandler):
    # Called once for each request, each time in a new instance: nothing is kept from one call to the next. The modules
    # are imported once, at the build; so read variables in the handler, and not there.
    def handle(self, request, response_out):
        path = path_of(request)
        print(path)  # read it with: faasta logs {{name}}
        status, text = answer(path, os.environ, fetch)
        respond(response_out, status, text)
