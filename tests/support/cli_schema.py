"""Compares what commands print with --json with docs/cli-json.json."""
import json
import subprocess

from support.guests import REPOSITORY
from support.venv import JSONSCHEMA, python_with

# Reads lines of [schema's name, value], and prints a line for each value that differs from its schema.
CHECK = """
import json, pathlib, sys
import jsonschema, referencing
folder = pathlib.Path(sys.argv[1])
registry = referencing.Registry()
for name in ("cli-json.json", "openapi.json"):
    document = json.loads((folder / name).read_text())
    registry = registry.with_resource(name, referencing.Resource.from_contents(document, default_specification=referencing.jsonschema.DRAFT202012))
document = json.loads((folder / "cli-json.json").read_text())
jsonschema.Draft202012Validator.check_schema(document)
for line in sys.stdin:
    name, value = json.loads(line)
    schema = {"$ref": "cli-json.json#/$defs/" + name.replace(" ", "%20"), "unevaluatedProperties": False}
    for error in jsonschema.Draft202012Validator(schema, registry=registry).iter_errors(value):
        print(name, error.json_path, error.message[:500])
"""


def differences(outputs):
    """A line for each value that differs from its schema. `outputs`: [name of the command, value]."""
    python = python_with(JSONSCHEMA)
    done = subprocess.run([python, "-c", CHECK, REPOSITORY / "docs"], input="".join(json.dumps(one) + "\n" for one in outputs), capture_output=True, text=True, check=True)
    return done.stdout
