import Testing

@testable import HermitTool

@Suite struct ImageFileTests {
    private func fault(_ bytes: [UInt8]) throws -> String? {
        let folder = try TemporaryFolder()
        let path = folder.path + "/image"
        try Files.write(bytes, to: path)
        do {
            try ImageFile.check(path)
            return nil
        } catch let error as ToolError {
            #expect(error.status == 1)
            #expect(error.description.hasPrefix(path + ": "))
            #expect(!error.description.contains("\n"))
            return error.description
        }
    }

    @Test func damagedFilesAreNamed() throws {
        #expect(try fault([]) != nil)
        #expect(try fault([0x7F]) != nil)
        #expect(try fault(Array("#!/bin/sh\n".utf8))?.contains("ELF") == true)
        #expect(try fault([0x7F, 0x45, 0x4C, 0x46]) != nil)
        #expect(try fault([0x7F, 0x45, 0x4C, 0x46, 1, 1, 1] + [UInt8](repeating: 0, count: 200)) != nil)
    }

    @Test func aMissingFileIsNamed() {
        let error = #expect(throws: ToolError.self) { try ImageFile.check("/nowhere/image") }
        #expect(error?.description == "/nowhere/image: No such file or directory")
    }

    @Test func aProgramOfTheHostIsNoImage() throws {
        let error = #expect(throws: ToolError.self) { try ImageFile.check("/bin/sh") }
        #expect(error?.description.hasPrefix("/bin/sh: ") == true)
    }

    @Test func theMarkIsTheEighthByte() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("0123456789", to: "image")
        try ImageFile.markAsHermit(path)
        #expect(try Files.read(path) == Array("0123456".utf8) + [255] + Array("89".utf8))
    }
}
