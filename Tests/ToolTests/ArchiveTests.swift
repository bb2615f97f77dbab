import Foundation
import TestSupport
import Testing

extension ToolTests {
  /// Archives that Python packs, and the folder that it packed.
  @Suite(.enabled(if: Python.has("zipfile", "tarfile"), "needs python3")) struct Archives {
    private let folder: TemporaryFolder

    init() throws {
      folder = try TemporaryFolder()
      try SmallSets.makeFolder("two", classes: ["dark", "light"], in: folder)
    }

    /// Packs the folder `two` in the order of the file system.
    private func pack() throws {
      _ = try Python.run(
        """
        import os, tarfile, zipfile
        os.chdir('\(folder.path)')
        files = [os.path.join(at, name) for at, _, names in os.walk('two') for name in names]
        for name, method in ('stored', zipfile.ZIP_STORED), ('deflated', zipfile.ZIP_DEFLATED):
            with zipfile.ZipFile(name + '.zip', 'w', method) as archive:
                for file in files:
                    archive.write(file)
        for name, mode, kind in (('pax', '', tarfile.PAX_FORMAT), ('gnu', '', tarfile.GNU_FORMAT),
                                 ('ustar', '', tarfile.USTAR_FORMAT), ('gzipped', ':gz', tarfile.PAX_FORMAT)):
            with tarfile.open(name + '.tar', 'w' + mode, format=kind) as archive:
                archive.add('two')
        """)
    }

    private static let archives = [
      "stored.zip", "deflated.zip", "pax.tar", "gnu.tar", "ustar.tar", "gzipped.tar",
    ]

    private func train(_ data: String, _ output: String, _ more: String...) async throws -> ToolRun.Result {
      try await ToolRun(
        ["train", data, "--output", output, "--seed", "1", "--image-size", "8"] + more, in: folder
      ).finish()
    }

    private func bytes(_ path: String) throws -> Data {
      try Data(contentsOf: URL(fileURLWithPath: folder.path(path)))
    }

    @Test("The model has the bytes of the one from the folder")
    func models() async throws {
      try pack()
      let run = try await train("two", "model", "--epochs", "2")
      #expect(run.status == 0, "\(run.story)")
      for archive in Self.archives {
        let before = try bytes(archive)
        let run = try await train(archive, "m-\(archive)", "--epochs", "2")
        #expect(run.status == 0, "\(run.story)")
        for file in ["weights/best.safetensors", "weights/last.safetensors", "split.csv"] {
          #expect(try bytes("m-\(archive)/\(file)") == bytes("model/\(file)"), "\(archive) \(file)")
        }
        #expect(try bytes(archive) == before)
      }
    }

    @Test("A cache is the folder's except for the stamps of its files, and fresh for either")
    func caches() async throws {
      try pack()
      for data in ["two"] + Self.archives {
        let run = try await whisker(
          "preprocess", data, "-o", "cache.safetensors", "--image-size", "8", in: folder)
        #expect(run.status == 0, "\(run.story)")
        #expect(run.output.contains(data == "two" ? "Wrote" : "Fresh"), "\(run.story)")
      }
      // A picture is another one, though nothing else is.
      _ = try Python.run(
        """
        import os, zipfile
        os.chdir('\(folder.path)')
        with zipfile.ZipFile('stored.zip') as old, zipfile.ZipFile('new.zip', 'w') as new:
            for name in old.namelist():
                data = old.read(name)
                new.writestr(name, old.read('two/light/2.png') if name == 'two/light/1.png' else data)
        """)
      let run = try await whisker(
        "preprocess", "new.zip", "-o", "cache.safetensors", "--image-size", "8", in: folder)
      #expect(run.output.contains("files have changed since it was made"), "\(run.story)")
    }

    @Test("Training resumes from an archive, also one that was packed again, and not from another one")
    func resume() async throws {
      try pack()
      #expect(try await train("stored.zip", "whole", "--epochs", "3").status == 0)
      #expect(try await train("stored.zip", "part", "--epochs", "2").status == 0)
      try FileManager.default.removeItem(atPath: folder.path("stored.zip"))
      try FileManager.default.moveItem(atPath: folder.path("deflated.zip"), toPath: folder.path("stored.zip"))
      let run = try await whisker("train", "--resume", "part", "--epochs", "3", in: folder)
      #expect(run.status == 0, "\(run.story)")
      #expect(try bytes("part/weights/last.safetensors") == bytes("whole/weights/last.safetensors"))
      var archive = try bytes("ustar.tar")
      let start = try #require(archive.range(of: Data("IDAT".utf8))).upperBound
      archive.replaceSubrange(start + 3..<start + 6, with: Data(repeating: 7, count: 3))
      try archive.write(to: URL(fileURLWithPath: folder.path("ustar.tar")))
      let refused = try await whisker("train", "ustar.tar", "--resume", "part", "--epochs", "4", in: folder)
      #expect(refused.status == 1 && refused.errors.contains("changed"), "\(refused.story)")
    }

    @Test("verify, evaluate, inspect and predict read archives")
    func commands() async throws {
      try pack()
      #expect(try await train("two", "model", "--epochs", "1").status == 0)
      let expected = try await whisker("predict", "model", "two", "--format", "csv", in: folder)
      for archive in Self.archives {
        let verified = try await whisker("verify", archive, in: folder)
        #expect(verified.status == 0 && verified.output.contains("24 pictures"), "\(verified.story)")
        let evaluated = try await whisker("evaluate", "model", archive, in: folder)
        #expect(evaluated.status == 0, "\(evaluated.story)")
        let inspected = try await whisker("inspect", archive, in: folder)
        #expect(
          inspected.status == 0 && inspected.output.contains("2 classes, 24 pictures"), "\(inspected.story)")
        let predicted = try await whisker("predict", "model", archive, "--format", "csv", in: folder)
        #expect(predicted.output.replacing("\(archive)/", with: "") == expected.output, "\(predicted.story)")
      }
    }

    @Test("Kaggle's archive of archives trains as it is downloaded, its labels from the names")
    func dogsVsCats() async throws {
      _ = try Python.run(
        """
        import os, zipfile
        os.chdir('\(folder.path)')
        with zipfile.ZipFile('train.zip', 'w') as train, zipfile.ZipFile('test1.zip', 'w') as test:
            for number in range(12):
                train.write(f'two/dark/{number}.png', f'train/cat.{number}.jpg')
                train.write(f'two/light/{number}.png', f'train/dog.{number}.jpg')
                test.write(f'two/light/{number}.png', f'test1/{number + 1}.jpg')
                for kind, name in ('dark', 'cat'), ('light', 'dog'):
                    os.makedirs('train', exist_ok=True)
                    os.link(f'two/{kind}/{number}.png', f'train/{name}.{number}.jpg')
        for name, method in ('dogs-vs-cats', zipfile.ZIP_STORED), ('deflated', zipfile.ZIP_DEFLATED):
            with zipfile.ZipFile(name + '.zip', 'w', method) as archive:
                for file in 'sampleSubmission.csv', 'test1.zip', 'train.zip':
                    archive.writestr(file, b'id,label') if file.endswith('csv') else archive.write(file)
        """)
      let run = try await train("train", "model", "--epochs", "2", "--labels-from-names")
      #expect(run.status == 0, "\(run.story)")
      for archive in ["dogs-vs-cats.zip", "deflated.zip"] {
        let run = try await train(archive, "m-\(archive)", "--epochs", "2")
        #expect(run.status == 0, "\(run.story)")
        #expect(run.output.contains("the labels are from the names of the files (cat, dog)"), "\(run.story)")
        #expect(run.output.contains("test1 ignored: 12 files without a class"), "\(run.story)")
        let weights = "weights/best.safetensors"
        #expect(try bytes("m-\(archive)/\(weights)") == bytes("model/\(weights)"))
      }
      let predicted = try await whisker("predict", "model", "dogs-vs-cats.zip", "--format", "csv", in: folder)
      #expect(predicted.output.contains("dogs-vs-cats.zip/test1/test1/12.jpg,"), "\(predicted.story)")
      let inner = try await train("train.zip", "inner", "--epochs", "1")
      #expect(inner.status == 1 && inner.errors.contains("--labels-from-names"), "\(inner.story)")
    }

    @Test("WebDataset's shards are one set", .enabled(if: Python.has("webdataset"), "needs webdataset"))
    func webDataset() async throws {
      _ = try Python.run(
        """
        import os, webdataset
        os.chdir('\(folder.path)')
        os.mkdir('shards')
        with webdataset.ShardWriter('shards/%03d.tar', maxcount=8) as writer:
            for number in range(12):
                for label, kind in enumerate(('dark', 'light')):
                    writer.write({'__key__': f'{kind}{number}', 'cls': label,
                                  'png': open(f'two/{kind}/{number}.png', 'rb').read()})
        """)
      for data in ["shards", "shards/{000..002}.tar"] {
        let run = try await whisker("inspect", data, in: folder)
        #expect(run.output.contains("WebDataset, 2 classes, 24 pictures"), "\(run.story)")
        #expect(try await whisker("verify", data, in: folder).status == 0)
      }
      #expect(try await train("shards", "model", "--epochs", "1").status == 0)
      let predicted = try await whisker("predict", "model", "shards", "--format", "csv", in: folder)
      #expect(predicted.status == 0 && predicted.lines.count == 26, "\(predicted.story)")
      #expect(predicted.output.contains("\n002.tar/light11.png,"), "\(predicted.story)")
    }
  }
}
