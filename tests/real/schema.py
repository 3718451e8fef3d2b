#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""schema.py SCHEMA DOCUMENT...: each document fits the schema, and does not with a top-level key removed, renamed or added."""
import json
import sys

import jsonschema



def changed(document):
    for key in document:
        rest = {k: v for k, v in document.items() if k != key}
        yield f"without {key}", rest
        yield f"{key} renamed", {**rest, key + "x": document[key]}
    yield "with a key more", {**document, "more": 1}


def main(schema_path, *paths):
    schema = json.load(open(schema_path, encoding="utf-8"))
    cls = jsonschema.validators.validator_for(schema)
    cls.check_schema(schema)
    validator = cls(schema)
    wrong = []
    for path in paths:
        text = open(path, encoding="utf-8").read()
        if not text.endswith("\n") or text.count("\n") != 1:
            wrong.append(f"{path}: not one line")
        document = json.loads(text)
        wrong += [f"{path}: {list(e.absolute_path)}: {e.message[:200]}" for e in validator.iter_errors(document)]
        wrong += [f"{path}: fits although {what}" for what, other in changed(document) if validator.is_valid(other)]
    print("\n".join(wrong))
    return 1 if wrong or not paths else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
