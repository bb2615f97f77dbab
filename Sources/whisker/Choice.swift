import ArgumentParser

/// An option's value that is one of a few names, in upper or lower case.
public protocol Choice: ExpressibleByArgument, CaseIterable, RawRepresentable where RawValue == String {}

extension Choice {
  public init?(argument: String) { self.init(rawValue: argument.lowercased()) }
}
