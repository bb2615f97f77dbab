/// Whisker's version.
public enum Version {
  /// The version of this build, as in the model files that it writes.
  public static let current = "0.1.0"
}
