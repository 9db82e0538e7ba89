"""Reads a player's newest predictions with clickhouse-connect and prints them as JSON."""

import json
import sys

import clickhouse_connect


def main(host: str, port: str, database: str, player: str, game: str) -> None:
    client = clickhouse_connect.get_client(host=host, port=int(port), database=database)
    result = client.query(
        "SELECT prop, version, predicted, status, tip_off FROM latest "
        "WHERE player_lookup = {player:String} AND game_id = {game:String} ORDER BY prop",
        parameters={"player": player, "game": game},
    )
    rows = [dict(zip(result.column_names, row)) for row in result.result_rows]
    print(json.dumps({"server": client.server_version, "rows": rows}, default=str))


if __name__ == "__main__":
    main(*sys.argv[1:])
