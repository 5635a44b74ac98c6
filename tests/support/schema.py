"""Checks values against the part of JSON Schema 2020-12 that our OpenAPI document uses. If a schema has
`properties`, an answer may have only these members."""
import re

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "number": (int, float), "integer": int}


class Document:
    def __init__(self, document):
        self.document = document

    def resolve(self, node):
        while isinstance(node, dict) and "$ref" in node:
            target = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def operations(self):
        """Yields (path, METHOD, operation) for each operation of the document."""
        for path, item in self.document["paths"].items():
            for method, operation in self.resolve(item).items():
                if method in ("get", "put", "post", "delete", "patch", "head", "options"):
                    yield path, method.upper(), operation

    def response(self, path, method, status):
        """The document's description of an answer, found by its status, by its class of status, or by `default`."""
        responses = self.resolve(self.document["paths"][path])[method.lower()]["responses"]
        for key in (str(status), f"{status // 100}XX", "default"):
            if key in responses:
                return self.resolve(responses[key])
        return None

    def errors(self, value, schema, at="answer"):
        """The differences of `value` from `schema`, as a list of sentences."""
        schema = self.resolve(schema)
        if schema is True:
            return []
        out = []
        for one in schema.get("allOf", []):
            out += self.errors(value, one, at)
        for key in ("anyOf", "oneOf"):
            if key in schema and all(self.errors(value, one, at) for one in schema[key]):
                out.append(f"{at} is none of {key}: {value!r}")
        if "type" in schema and not self.is_type(value, schema["type"]):
            return [*out, f"{at} is not {schema['type']}: {value!r}"]
        if "const" in schema and value != schema["const"]:
            out.append(f"{at} is not {schema['const']!r}: {value!r}")
        if "enum" in schema and value not in schema["enum"]:
            out.append(f"{at} is none of {schema['enum']}: {value!r}")
        if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
            out.append(f"{at} does not match {schema['pattern']}: {value!r}")
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if value < schema.get("minimum", value) or value > schema.get("maximum", value):
                out.append(f"{at} is out of range: {value!r}")
        if isinstance(value, list) and "items" in schema:
            for index, item in enumerate(value):
                out += self.errors(item, schema["items"], f"{at}[{index}]")
        if isinstance(value, dict):
            out += self.object_errors(value, schema, at)
        return out

    def object_errors(self, value, schema, at):
        out = [f"{at} lacks {key}" for key in schema.get("required", []) if key not in value]
        properties, more = schema.get("properties", {}), schema.get("additionalProperties")
        for key, item in value.items():
            if key in properties:
                out += self.errors(item, properties[key], f"{at}.{key}")
            elif isinstance(more, dict):
                out += self.errors(item, more, f"{at}.{key}")
            elif properties and more is not True and "allOf" not in schema:
                out.append(f"{at}.{key} is not in the document")
        return out

    @staticmethod
    def is_type(value, types):
        def one(name):
            if name in ("integer", "number") and isinstance(value, bool):
                return False
            if name == "integer" and isinstance(value, float):
                return value.is_integer()
            return isinstance(value, TYPES[name])
        return any(one(name) for name in ([types] if isinstance(types, str) else types))
