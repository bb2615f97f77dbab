import Testing
import WhiskerCore

@Suite struct TensorTests {
  @Test func aNewTensorIsZerosAlignedForVectorLoads() {
    for count in [0, 1, 15, 1000] {
      let tensor = Tensor(shape: [count, 3])
      #expect(tensor.count == 3 * count)
      #expect(tensor.values.allSatisfy { $0 == 0 })
      #expect(UInt(bitPattern: tensor.elements) % 64 == 0)
    }
  }

  @Test func elementsAreInRowMajorOrderAndCanBeCleared() {
    let tensor = Tensor(shape: [2, 2], values: [1, 2, 3, 4])
    tensor[2] = 9
    #expect(tensor.values == [1, 2, 9, 4])
    tensor.clear()
    #expect(tensor.values == [0, 0, 0, 0])
  }
}
