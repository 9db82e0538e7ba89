"""Asks every question of the cookbook with clickhouse-connect and prints how many rows each answers with.

The page's own code is the module `analysts` here: the test writes it beside this file. It takes the
address from CLICKHOUSE_HOST and its kin. Reads a JSON array of {name, sql, parameters} from the file named
first.
"""

import json
import sys

from analysts import ask, connect


def main(path: str) -> None:
    client = connect()
    with open(path, encoding="utf-8") as file:
        questions = json.load(file)
    rows = {
        question["name"]: len(ask(client, question["sql"], **question["parameters"]))
        for question in questions
    }
    print(json.dumps(rows))


if __name__ == "__main__":
    main(*sys.argv[1:])
