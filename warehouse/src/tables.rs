//! Every log table, the topic that fills it, and the row in between: said once, here.

use crate::kafka::SinkTopics;
use crate::rows::{
    BoxScoreRow, ChampionRow, ChangeEventRow, DeadLetterRow, GameRow, GradedRow, LineRow, LogRow,
    OutcomeRow, PlayerRow, PredictionRow, RunRow,
};

/// Number of log tables.
pub(crate) const TABLES: usize = 11;

/// What is done with every table, whatever its rows.
pub(crate) trait TableVisitor {
    /// One table, and its topic.
    fn visit<R: LogRow + Send + 'static>(&mut self, topic: &str);
}

/// Shows every table to `visitor`, in the order in which the sink serves them: predictions first,
/// since people wait for them.
pub(crate) fn visit_tables(topics: &SinkTopics, visitor: &mut impl TableVisitor) {
    visitor.visit::<PredictionRow>(&topics.predictions);
    visitor.visit::<OutcomeRow>(&topics.outcomes);
    visitor.visit::<GradedRow>(&topics.graded);
    visitor.visit::<RunRow>(&topics.runs);
    visitor.visit::<DeadLetterRow>(&topics.dead_letters);
    visitor.visit::<ChangeEventRow>(&topics.touches);
    visitor.visit::<LineRow>(&topics.lines);
    visitor.visit::<BoxScoreRow>(&topics.box_scores);
    visitor.visit::<GameRow>(&topics.games);
    visitor.visit::<PlayerRow>(&topics.rosters);
    visitor.visit::<ChampionRow>(&topics.champions);
}

/// Every table and its topic, in the same order.
pub(crate) fn names(topics: &SinkTopics) -> Vec<(&'static str, String)> {
    let mut names = Names(Vec::with_capacity(TABLES));
    visit_tables(topics, &mut names);
    names.0
}

struct Names(Vec<(&'static str, String)>);

impl TableVisitor for Names {
    fn visit<R: LogRow + Send + 'static>(&mut self, topic: &str) {
        self.0.push((R::TABLE, topic.to_owned()));
    }
}
