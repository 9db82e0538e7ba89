-- How good the predictions were. The last version before tip-off counts, of games he played. A hit
-- rate is correct / (correct + wrong): pushes, passes and voids stand beside it, in no average.
CREATE OR REPLACE VIEW champion_grades AS
WITH (SELECT systems FROM champion_systems) AS champion_of_prop
SELECT *
FROM graded
WHERE system_id = if(mapContains(champion_of_prop, toString(prop)), champion_of_prop[toString(prop)], champion_of_prop[''])
COMMENT 'Of the view graded, what the champion system of each prop said.';

CREATE OR REPLACE VIEW accuracy AS
WITH (SELECT systems FROM champion_systems) AS champion_of_prop
SELECT
    toStartOfMonth(game_date) AS month,
    league,
    prop,
    system_id,
    CAST(system_id = if(mapContains(champion_of_prop, toString(prop)), champion_of_prop[toString(prop)], champion_of_prop['']), 'Bool') AS is_champion,
    countIf(absolute_error IS NOT NULL) AS games,
    round(avg(absolute_error), 3) AS mean_absolute_error,
    round(avg(signed_error), 3) AS bias,
    round(avg(is_within_3), 3) AS within_3,
    round(avg(is_within_5), 3) AS within_5,
    countIf(verdict = 'correct') AS correct,
    countIf(verdict = 'wrong') AS wrong,
    if(correct + wrong = 0, NULL, round(correct / (correct + wrong), 3)) AS hit_rate,
    countIf(verdict = 'push') AS pushes,
    countIf(verdict = 'pass') AS passes,
    countIf(verdict = 'no_line') AS without_line,
    countIf(verdict = 'void') AS voids,
    round(avgIf(pow(probability_over - (actual > line), 2), actual != line), 4) AS brier,
    round(avgIf(abs(line - actual), absolute_error IS NOT NULL), 3) AS line_mean_absolute_error,
    round(avgIf(abs(baseline_last_5 - actual), absolute_error IS NOT NULL), 3) AS last_5_mean_absolute_error,
    round(avgIf(abs(baseline_last_10 - actual), absolute_error IS NOT NULL), 3) AS last_10_mean_absolute_error,
    round(avgIf(abs(baseline_season - actual), absolute_error IS NOT NULL), 3) AS season_mean_absolute_error
FROM graded
WHERE is_last
GROUP BY month, league, prop, system_id
COMMENT 'Errors and hit rates of every system by month and prop, beside the line and plain averages on the same games.';
