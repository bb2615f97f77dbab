import WhiskerCore
import WhiskerData
import WhiskerNN

/// The views of pictures in an epoch, where samples hold the features of several: view (epoch + index) mod views, so that the
/// epochs of a training show every view of a picture equally often.
struct FeatureViews {
  private let epoch: Int
  private let views: Int
  /// The bytes of a view.
  private let stride: Int

  /// The views of samples with a preprocessing, in an epoch counted from 1.
  init(_ preprocessing: Preprocessing, epoch: Int) {
    self.epoch = epoch
    views = preprocessing.features?.views ?? 1
    stride = preprocessing.sampleSize / views
  }

  /// Computes the logits `[count, classes]` of a batch's samples, each in its view.
  func forward(_ batch: Batch, through network: Network, pass: Pass) -> Tensor {
    guard views > 1 else { return network.forward(batch, pass: pass) }
    return batch.withAddresses { address in
      network.forward(count: batch.count, pass: pass) { address($0) + offset(of: batch.indices[$0]) }
    }
  }

  private func offset(of index: SampleIndex) -> Int { (epoch + Int(index)) % views * stride }
}
