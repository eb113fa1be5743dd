import Journal
import RunLog

/// A journal that says what it did.
protocol CountedJournal: Journal {
    var counts: JournalCounts { get }
}

extension AttemptJournal: CountedJournal {}
