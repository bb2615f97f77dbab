/// One number that stands for a list of indices and their order (FNV-1a over each index's eight bytes).
func digest(_ indices: some Sequence<some BinaryInteger>) -> UInt64 {
  var digest: UInt64 = 0xCBF2_9CE4_8422_2325
  for index in indices {
    withUnsafeBytes(of: UInt64(index).littleEndian) { bytes in
      for byte in bytes { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }
  }
  return digest
}
