import CKernels

/// The current machine.
public enum Machine {
  /// The number of cores that this process may use, at least 1.
  public static var cores: Int { Int(whisker_core_count()) }

  /// The instruction set that the kernels use: "avx512", "avx2", "neon" or "portable".
  public static var kernels: String { String(cString: whisker_kernels_name()) }
}
