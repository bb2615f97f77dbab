import Foundation
import TestSupport
import Testing
import WhiskerNN

extension ToolTests {
  /// Models in the programs that they are exported to and imported from, where WHISKER_PYTHON names a Python that has
  /// them. What is compared are the probabilities that `predict` tells, with six digits, to 1e-5.
  @Suite struct Interchange {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(
      "ONNX's checker takes every preset, every kind of dropout and ensembles, and ONNX Runtime gives Whisker's probabilities on real pictures",
      .enabled(if: Python.has("onnx", "onnxruntime", "safetensors"), "no onnx, onnxruntime and safetensors"))
    func onnxRuntime() async throws {
      let models = try await prepare()
      for model in models { try await done("export", model, "-o", "\(model).onnx") }
      let story = try python(
        """
        import onnx, onnxruntime
        for name, pixels, expected in cases():
            onnx.checker.check_model(onnx.load(name + '.onnx'), full_check=True)
            session = onnxruntime.InferenceSession(name + '.onnx')
            assert session.get_inputs()[0].shape[0] == 'N'
            names = json.loads(session.get_modelmeta().custom_metadata_map['class_names'])
            assert len(names) == expected.shape[1]
            images = pixels.transpose(0, 3, 1, 2).astype('float32')
            compare(name, session.run(['probabilities'], {'images': images})[0], expected)
            compare(name, session.run(None, {'images': images[:1]})[0], expected[:1])
        """)
      #expect(story.split(separator: "\n").count == 2 * models.count, "\(story)")
    }

    @Test(
      "The model file fits PyTorch's nn.Sequential to the letter, and PyTorch gives Whisker's probabilities",
      .enabled(if: Python.has("torch", "safetensors", "PIL"), "no torch, safetensors and Pillow"))
    func torch() async throws {
      _ = try await prepare()
      let story = try python(
        """
        sys.path.insert(0, '\(Fixtures.root)/scripts/examples')
        import torch_predict
        for name, pixels, expected in cases():
            for weights in ['best', 'last']:
                path = f'{name}/weights/{weights}.safetensors'
                if weights == 'last' and not os.path.exists(path): continue
                models, classes, want = torch_predict.load(path)
                if weights == 'best':
                    compare(name, torch_predict.predict(models, pixels.squeeze(3) if pixels.shape[3] == 1 else pixels).numpy(), expected)
        """)
      #expect(story.split(separator: "\n").count == 9, "\(story)")
    }

    @Test(
      "scripts/examples/torch_predict.py tells what whisker predict tells of pictures of the model's size",
      .enabled(if: Python.has("torch", "safetensors", "PIL"), "no torch, safetensors and Pillow"))
    func torchScript() async throws {
      try SmallSets.makeFolder("two", classes: ["dark", "light"], in: folder)
      try await done("train", "two", "--epochs", "3", "--image-size", "12", "-o", "run")
      let pictures = ["two/dark/1.png", "two/light/1.png", "two/light/2.png"]
      let ours = try await ToolRun(["predict", "run"] + pictures, in: folder).finish()
      let theirs = try python(
        """
        import runpy
        sys.argv = ['', 'run/weights/best.safetensors', '\(pictures.joined(separator: "', '"))']
        runpy.run_path('\(Fixtures.root)/scripts/examples/torch_predict.py', run_name='__main__')
        """)
      // Ours are in columns.
      #expect(theirs.split { $0 == " " } == ours.output.split { $0 == " " })
    }

    @Test(
      "Core ML's own reader takes every preset, every kind of dropout and ensembles, and its layers, run by NumPy, give Whisker's probabilities",
      .enabled(if: Python.has("coremltools", "safetensors"), "no coremltools and safetensors"))
    func coreMLTools() async throws {
      let models = try await prepare()
      for model in models { try await done("export", model, "-o", "\(model).mlmodel") }
      let story = try python(
        """
        import coremltools
        from coremltools.proto import FeatureTypes_pb2
        def edges(amounts): return [(0, 0), (0, 0)] + [(e.startEdgeSize, e.endEdgeSize) for e in amounts.borderAmounts]
        def windows(x, part, value=0.0):
            x = np.pad(x, edges(part.valid.paddingAmounts), constant_values=value)
            all = np.lib.stride_tricks.sliding_window_view(x, part.kernelSize, (2, 3))
            return all[:, :, ::part.stride[0], ::part.stride[1]]
        def biased(y, part):
            return y + np.array(part.bias.floatValue).reshape([-1] + [1] * (y.ndim - 2)) if part.hasBias else y
        def pool(part, x):
            reduce = np.nanmean if part.type == part.AVERAGE else np.max
            if part.globalPooling: return reduce(x, (2, 3), keepdims=True)
            assert part.type == part.AVERAGE and part.avgPoolExcludePadding or not any(map(any, edges(part.valid.paddingAmounts)))
            return reduce(windows(x, part, np.nan), (4, 5))
        def activation(part, x):
            kind = part.WhichOneof('NonlinearityType')
            if kind == 'ReLU': return np.maximum(x, 0)
            if kind == 'leakyReLU': return np.where(x < 0, part.leakyReLU.alpha * x, x)
            if kind == 'sigmoid': return 1 / (1 + np.exp(-x))
            assert kind == 'sigmoidHard'
            return np.clip(part.sigmoidHard.alpha * x + part.sigmoidHard.beta, 0, 1)
        def run(layer, x, *others):
            kind = layer.WhichOneof('layer')
            part = getattr(layer, kind)
            if kind == 'convolution':
                w = np.array(part.weights.floatValue).reshape(
                    part.nGroups, part.outputChannels // part.nGroups, part.kernelChannels, *part.kernelSize)
                groups = np.split(windows(x, part), part.nGroups, 1)
                return biased(np.concatenate(
                    [np.einsum('nchwyx,ocyx->nohw', g, k) for g, k in zip(groups, w)], 1), part)
            if kind == 'pooling': return pool(part, x)
            if kind == 'padding': return np.pad(x, edges(part.paddingAmounts), constant_values=part.constant.value)
            if kind == 'activation': return activation(part, x)
            if kind == 'clip': return np.clip(x, part.minVal, part.maxVal)
            if kind == 'add': return x + others[0]
            if kind == 'multiply': return x * others[0]
            if kind == 'average': return (x + sum(others)) / (1 + len(others))
            if kind == 'batchnorm':
                gamma, beta, mean, variance = [
                    np.array(w.floatValue).reshape([-1] + [1] * (x.ndim - 2))
                    for w in [part.gamma, part.beta, part.mean, part.variance]]
                return gamma * (x - mean) / np.sqrt(variance + part.epsilon) + beta
            if kind == 'flatten': return x.reshape(len(x), -1)
            if kind == 'innerProduct':
                w = np.array(part.weights.floatValue).reshape(part.outputChannels, part.inputChannels)
                return biased(x @ w.T, part)
            assert kind == 'softmax'
            powers = np.exp(x - x.max(1, keepdims=True))
            return powers / powers.sum(1, keepdims=True)
        for name, pixels, expected in cases():
            spec = coremltools.utils.load_spec(name + '.mlmodel')
            coremltools.models.MLModel(spec, skip_model_load=True)
            image = spec.description.input[0].type.imageType
            assert (image.height, image.width) == pixels.shape[1:3]
            space = FeatureTypes_pb2.ImageFeatureType.ColorSpace.Name(image.colorSpace)
            assert space == ('GRAYSCALE' if pixels.shape[3] == 1 else 'RGB')
            network = spec.neuralNetworkClassifier
            assert len(network.stringClassLabels.vector) == expected.shape[1]
            scaler = network.preprocessing[0].scaler
            biases = [scaler.grayBias] if pixels.shape[3] == 1 else [scaler.redBias, scaler.greenBias, scaler.blueBias]
            x = pixels[:50].transpose(0, 3, 1, 2) * scaler.channelScale + np.array(biases)[:, None, None]
            values = {spec.description.input[0].name: x}
            for layer in network.layers: values[layer.output[0]] = run(layer, *[values[i] for i in layer.input])
            compare(name, values[network.labelProbabilityLayerName], expected[:50])
        """)
      #expect(story.split(separator: "\n").count == models.count, "\(story)")
    }

    @Test(
      "ONNX Runtime gives the probabilities of predict --tta flip with a model that is exported with it",
      .enabled(if: Python.has("onnx", "onnxruntime", "safetensors"), "no onnx, onnxruntime and safetensors"))
    func mirrored() async throws {
      let models = try await prepare(augmentation: ["--tta", "flip"])
      for model in models {
        try await done("export", model, "-o", "\(model).onnx", "--tta", "flip")
      }
      let story = try python(
        """
        import onnx, onnxruntime
        for name, pixels, expected in cases():
            onnx.checker.check_model(onnx.load(name + '.onnx'), full_check=True)
            session = onnxruntime.InferenceSession(name + '.onnx')
            images = pixels.transpose(0, 3, 1, 2).astype('float32')
            compare(name, session.run(None, {'images': images})[0], expected)
        """)
      #expect(story.split(separator: "\n").count == models.count, "\(story)")
    }

    @Test(
      "A model that Keras made and ran gives the same probabilities once it is imported",
      .enabled(if: Python.has("keras", "tensorflow", "safetensors"), "no keras and safetensors"),
      arguments: [("channels", 3, "-1,1"), ("gray", 1, "0,1"), ("own", 1, "-0.5,0.5")])
    func keras(name: String, channels: Int, range: String) async throws {
      let mode = channels == 1 ? "grayscale" : "rgb"
      let pets = Fixtures.samples + "/cats-dogs/test"
      try await done(
        "preprocess", pets, "-o", "\(name).safetensors", "--image-size", "17x14", "--color-mode", mode)
      _ = try python(
        """
        import keras
        from safetensors.numpy import save_file
        L = keras.layers
        keras.utils.set_random_seed(3)
        model = keras.Sequential([
            L.Input((17, 14, \(channels))), L.Conv2D(32, 3, activation='relu'), L.MaxPooling2D(),
            L.Conv2D(64, 3, activation='relu'), L.MaxPooling2D(), L.Flatten(), L.Dense(128, activation='relu'),
            L.Dropout(0.5), L.Dense(64, activation='relu'), L.Dense(2, activation='softmax')])
        low, high = \(range)
        pixels = load_file('\(name).safetensors')['images']
        if pixels.ndim == 3: pixels = pixels[..., None]
        x = low + (high - low) * pixels.astype('float32') / 255
        model.compile('adam', 'sparse_categorical_crossentropy')
        model.fit(x, np.arange(len(x)) * 7 % 13 % 2, epochs=2, verbose=0)
        save_file({v.path: v.numpy() for v in model.weights}, 'weights.safetensors')
        np.save('expected.npy', model.predict(x, verbose=0))
        """)
      try await done(
        "import", "weights.safetensors", "-o", "model.safetensors", "--network", "deep-dropout-cnn",
        "--class-names",
        "cat,dog", "--image-size", "17x14", "--color-mode", mode, "--input-range", range)
      let answers = try await whisker(
        "predict", "model.safetensors", "\(name).safetensors", "--format", "csv", in: folder)
      try folder.write(Array(answers.output.utf8), to: "\(name)+imported.csv")
      let story = try python(
        "for name, pixels, found in cases(): compare(name, found, np.load('expected.npy'))")
      #expect(story.hasPrefix("\(name)+imported"), "\(story)")
    }
  }
}
