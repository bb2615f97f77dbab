import WhiskerData
import WhiskerNN
import WhiskerTensor

extension Classifier {
  /// Computes the logits `[count, classes]` of a batch, whose pictures are read where they lie.
  public func forward(_ batch: Batch, pass: Pass) -> Tensor {
    batch.withAddresses { forward(count: batch.count, pass: pass, $0) }
  }
}
