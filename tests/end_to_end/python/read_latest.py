"""Reads the view of newest predictions with clickhouse-connect and prints it as JSON."""

import json
import sys

import clickhouse_connect


def main(host: str, port: int, database: str, player: str) -> None:
    client = clickhouse_connect.get_client(host=host, port=port, database=database)
    result = client.query(
        "SELECT prop, prediction_version, predicted_value FROM latest "
        "WHERE player_lookup = {player:String} ORDER BY prop",
        parameters={"player": player},
    )
    rows = [dict(zip(result.column_names, row)) for row in result.result_rows]
    print(json.dumps({"server": client.server_version, "rows": rows}, default=str))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4])
