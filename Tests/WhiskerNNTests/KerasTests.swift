import Foundation
import Testing
import WhiskerNN
import WhiskerCore

/// Five training steps of a small fixed network, compared to the values from References/keras_steps.py.
@Suite struct KerasTests {
  @Test(arguments: [true, false]) func adamStepsAgreeWithKeras(fuses: Bool) throws {
    try FixedTraining.check(
      losses: [1.1859155, 1.0336405, 1.1245559, 1.4358017, 1.3216116],
      parameters: [
        .init(first: -0.0244161, last: -0.1960699, sum: 0.016966, magnitudes: 8.659042),
        .init(first: 0.3434795, last: -0.0256363, sum: 0.986546, magnitudes: 1.037818),
        .init(first: -0.3201712, last: -0.2410619, sum: -3.678516, magnitudes: 54.776229),
        .init(first: -0.4002285, last: 0.3182252, sum: 0.326755, magnitudes: 1.61082),
        .init(first: -0.1440689, last: -0.3190232, sum: -0.111461, magnitudes: 4.440625),
        .init(first: 0.2229953, last: 0.3759948, sum: 0.977676, magnitudes: 0.977676),
      ], fuses: fuses
    ) { Adam($0, learningRate: 0.01) }
  }

  @Test(arguments: [true, false]) func stepsWithMomentumAgreeWithKeras(fuses: Bool) throws {
    try FixedTraining.check(
      losses: [1.1859155, 1.0177734, 1.1225688, 1.3552189, 1.3341864],
      parameters: [
        .init(first: 0.002506, last: -0.2179964, sum: 0.063247, magnitudes: 8.841447),
        .init(first: 0.3389764, last: -0.0327284, sum: 0.974186, magnitudes: 1.039642),
        .init(first: -0.2958941, last: -0.2160957, sum: -1.915066, magnitudes: 54.593186),
        .init(first: -0.3720919, last: 0.3079863, sum: 0.355207, magnitudes: 1.55776),
        .init(first: -0.1798926, last: -0.2863274, sum: -0.011338, magnitudes: 4.204208),
        .init(first: 0.2070476, last: 0.3989671, sum: 0.999902, magnitudes: 0.999902),
      ], fuses: fuses
    ) { SGD($0, learningRate: 0.05, momentum: 0.9) }
  }

  @Test(arguments: [true, false]) func decayingStepsWithMomentumAgreeWithKeras(fuses: Bool) throws {
    try FixedTraining.check(
      losses: [1.1859155, 1.022372, 1.1217937, 1.2824205, 1.2466302],
      parameters: [
        .init(first: 0.0028312, last: -0.1940556, sum: 0.081216, magnitudes: 7.83305),
        .init(first: 0.3386428, last: -0.0244781, sum: 0.985158, magnitudes: 1.034114),
        .init(first: -0.2611595, last: -0.190449, sum: -1.804424, magnitudes: 48.137831),
        .init(first: -0.3735615, last: 0.3080471, sum: 0.353632, magnitudes: 1.556389),
        .init(first: -0.1506644, last: -0.255571, sum: -0.00999, magnitudes: 3.72499),
        .init(first: 0.212385, last: 0.3969233, sum: 0.999901, magnitudes: 0.999901),
      ], fuses: fuses
    ) { SGD($0, learningRate: 0.05, momentum: 0.9, weightDecay: 0.5) }
  }
}
