//! What the columns of the views for people mean, where the logs do not say it already.

/// Which view shows columns of which table or view under their own names.
pub(super) const VIEWS: &[(&str, &str)] = &[
    ("latest_versions_follow", "latest_versions"),
    ("why", "prediction_log"),
    ("edges", "prediction_log"),
    ("champion_grades", "graded"),
    ("accuracy", "graded"),
    ("player_prop_predictions", "prediction_log"),
    ("player_spellings", "player_log"),
    ("left_days", "game_log"),
    ("champion_systems", "champions"),
    ("freshness", "change_event_log"),
];

const IS_CHAMPION: &str =
    "True for the system that is champion of the prop today, also in versions made before it was.";

/// View, column and comment.
pub(super) const COLUMNS: &[(&str, &str, &str)] = &[
    ("latest_all", "is_champion", IS_CHAMPION),
    ("history", "is_champion", IS_CHAMPION),
    ("why", "is_champion", IS_CHAMPION),
    ("accuracy", "is_champion", IS_CHAMPION),
    (
        "why",
        "moved",
        "predicted - previous_predicted. NULL for a first version, and when there is no value before or after.",
    ),
    (
        "why",
        "because",
        "The cause in one line: kind of change, whose fact, value before and now.",
    ),
    ("why", "known_at", "When the fact was known, UTC."),
    (
        "why",
        "seconds_to_version",
        "Seconds from the event to the version: from published_at where known, else from ingested_at. NULL unless live.",
    ),
    (
        "why",
        "cause_place",
        "Place of the event: topic/partition/offset.",
    ),
    (
        "why",
        "supersedes_prediction_id",
        "prediction_id of the version this one replaced. NULL for the first.",
    ),
    ("edges", "book", "The book."),
    (
        "edges",
        "line",
        "Newest line of the book, in units of the prop.",
    ),
    (
        "edges",
        "over_price",
        "American odds of the book for the over. NULL when not given.",
    ),
    (
        "edges",
        "under_price",
        "American odds of the book for the under. NULL when not given.",
    ),
    ("edges", "known_at", "When the book's line was known, UTC."),
    ("edges", "edge", "predicted - line of this book."),
    (
        "edges",
        "side",
        "OVER when the prediction is at or above this book's line, else UNDER.",
    ),
    (
        "edges",
        "price",
        "American odds of the book for that side. NULL when not given.",
    ),
    (
        "edges",
        "implied_probability",
        "0 to 1: chance at which the price is even, the book's margin included. -110 is 0.5238.",
    ),
    (
        "edges",
        "books",
        "Number of books with a line on this prop of the player.",
    ),
    (
        "edges",
        "behind_hours",
        "Hours between this quote and the freshest on the same prop.",
    ),
    ("edges", "is_stale", "True when more than 6 hours behind."),
    (
        "edges",
        "is_best",
        "True for the best line for the side, and the best price among equal lines. Several books may share it.",
    ),
    ("freshness", "what", "Kind of change."),
    ("freshness", "source", "Who states it."),
    ("freshness", "events", "Number of accepted events."),
    (
        "freshness",
        "newest_known_at",
        "known_at of the newest, UTC.",
    ),
    (
        "freshness",
        "newest_written_at",
        "When Kafka appended the newest, UTC.",
    ),
    (
        "freshness",
        "behind_seconds",
        "Seconds by which it lies behind the newest event of any source.",
    ),
    ("accuracy", "month", "First day of the month of the games."),
    (
        "accuracy",
        "games",
        "Games with an error: a value was predicted and he played.",
    ),
    (
        "accuracy",
        "mean_absolute_error",
        "Mean distance between predicted and actual, in units of the prop.",
    ),
    (
        "accuracy",
        "bias",
        "Mean of predicted - actual: positive when too much was predicted.",
    ),
    ("accuracy", "within_3", "0 to 1: share off by 3 at most."),
    ("accuracy", "within_5", "0 to 1: share off by 5 at most."),
    (
        "accuracy",
        "correct",
        "Recommendations OVER or UNDER that came true.",
    ),
    ("accuracy", "wrong", "Those that did not."),
    (
        "accuracy",
        "hit_rate",
        "correct / (correct + wrong). NULL without any.",
    ),
    ("accuracy", "pushes", "Lines that were hit exactly."),
    ("accuracy", "passes", "Recommendations PASS."),
    ("accuracy", "without_line", "Predictions without a line."),
    (
        "accuracy",
        "voids",
        "Predictions of players who did not play.",
    ),
    (
        "accuracy",
        "brier",
        "Mean squared distance between probability_over and what came, pushes left out: 0 is perfect, 0.25 a coin.",
    ),
    (
        "accuracy",
        "line_mean_absolute_error",
        "Error of the line the versions saw, on the same games.",
    ),
    (
        "accuracy",
        "last_5_mean_absolute_error",
        "Error of his mean over the last 5 games, on the same games.",
    ),
    (
        "accuracy",
        "last_10_mean_absolute_error",
        "Error of his mean over the last 10 games, on the same games.",
    ),
    (
        "accuracy",
        "season_mean_absolute_error",
        "Error of his mean over the season before, on the same games.",
    ),
    (
        "player_spellings",
        "spelling",
        "The player with hyphens, for example lebron-james.",
    ),
    (
        "champion_systems",
        "systems",
        "System by prop; the empty prop stands for all others.",
    ),
    (
        "player_prop_predictions",
        "player_lookup",
        "The player: as player_lookup, or in the row's copy (is_alias) with hyphens.",
    ),
    (
        "player_prop_predictions",
        "prediction_version",
        "1, 2, 3 and so on without gap, per player and game.",
    ),
    (
        "player_prop_predictions",
        "predicted_points",
        "Predicted points. NULL when he is out or the system cannot say.",
    ),
    (
        "player_prop_predictions",
        "confidence_score",
        "0 to 1: how sure the system is.",
    ),
    (
        "player_prop_predictions",
        "has_prop_line",
        "True with a line.",
    ),
    (
        "player_prop_predictions",
        "current_points_line",
        "Consensus line. NULL without one.",
    ),
    (
        "player_prop_predictions",
        "line_margin",
        "predicted_points - current_points_line.",
    ),
    (
        "player_prop_predictions",
        "line_source",
        "ACTUAL_PROP or NO_PROP_LINE.",
    ),
    (
        "player_prop_predictions",
        "injury_status_at_prediction",
        "Injury status for the game when the version was made.",
    ),
    (
        "player_prop_predictions",
        "team_abbr",
        "Team of the player.",
    ),
    (
        "player_prop_predictions",
        "opponent_team_abbr",
        "The other team.",
    ),
    (
        "player_prop_predictions",
        "feature_quality_score",
        "0 to 100: quality of the features.",
    ),
    (
        "player_prop_predictions",
        "build_commit_sha",
        "Build of the program that made it.",
    ),
    (
        "player_prop_predictions",
        "is_active",
        "True for the newest version.",
    ),
    (
        "player_prop_predictions",
        "is_superseded",
        "True when a newer version has replaced this one.",
    ),
    (
        "player_prop_predictions",
        "superseded_by",
        "prediction_id of the version that replaced this one. NULL for the newest.",
    ),
    (
        "player_prop_predictions",
        "superseded_at",
        "effective_at of the version that replaced this one, UTC. NULL for the newest.",
    ),
    (
        "player_prop_predictions",
        "is_realtime_update",
        "True for a version that news made, false for one of a batch.",
    ),
    (
        "player_prop_predictions",
        "prediction_made_before_game",
        "True when its cause was known before tip-off.",
    ),
    (
        "player_prop_predictions",
        "predicted_at",
        "When its cause was known, UTC: from then on it is the answer.",
    ),
    (
        "player_prop_predictions",
        "created_at",
        "When Kafka appended the version, UTC.",
    ),
    (
        "player_prop_predictions",
        "is_alias",
        "True in the copy of a version under a spelling with hyphens. Count with WHERE NOT is_alias.",
    ),
];
