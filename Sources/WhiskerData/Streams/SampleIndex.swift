/// A sample's place in its data set, in four bytes: sets of millions are split, shuffled and streamed in little memory.
public typealias SampleIndex = UInt32
