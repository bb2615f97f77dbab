import WhiskerData
import WhiskerNN
import WhiskerCore

extension Classifier {
  /// Computes the logits `[count, classes]` of a batch without copying its pictures.
  public func forward(_ batch: Batch, pass: Pass) -> Tensor {
    batch.withAddresses { forward(count: batch.count, pass: pass, $0) }
  }
}
