import ArgumentParser
import RunLog

extension Budget.Period: EnumerableFlag {}
