import ArgumentParser
import Testing

@testable import HermitTool

@Suite struct RunCommandTests {
    @Test func theDefaults() throws {
        let run = try Run.parse(["hello.c"])
        #expect(run.program.target == "hello.c")
        #expect(run.memory == "128M")
        #expect(run.cpus == 1)
        #expect(run.machine == .q35)
        #expect(run.loader == .pvh)
        #expect(run.accel == .auto)
        #expect(run.arguments == [])
        #expect(run.timeout == nil)
        #expect(!run.dryRun && !run.gdb && !run.options.verbose)
    }

    @Test func everyOption() throws {
        let run = try Run.parse([
            "--memory", "4M", "--cpus", "2", "--env", "A=1", "--env", "B=", "--env", "-C=x",
            "--kernel-args", "--x y", "--machine", "microvm", "--loader", "multiboot", "--gdb",
            "--timeout", "1.5", "--dry-run", "--accel", "tcg", "--log-level", "debug", "--verbose",
            "--product", "p", "app", "--", "-a", "--", "b c", "--memory", "1G",
        ])
        #expect(run.memory == "4M")
        #expect(run.cpus == 2)
        #expect(run.env == ["A=1", "B=", "-C=x"])
        #expect(run.kernelArgs == "--x y")
        #expect(run.machine == .microvm)
        #expect(run.loader == .multiboot)
        #expect(run.gdb && run.dryRun && run.options.verbose)
        #expect(run.timeout == 1.5)
        #expect(run.accel == .tcg)
        #expect(run.logLevel == .debug)
        #expect(run.program.product == "p")
        #expect(run.program.target == "app")
        #expect(run.arguments == ["-a", "--", "b c", "--memory", "1G"])
    }

    @Test(arguments: [
        ["--memory", "12"], ["--memory", "0M"], ["--memory", "1T"], ["--memory", "-1M"],
        ["--cpus", "0"], ["--cpus", "256"], ["--env", "A"], ["--env", "=x"], ["--env", ""],
        ["--machine", "pc"], ["--loader", "grub"], ["--accel", "xen"], ["--log-level", "loud"],
        ["--timeout", "0"], ["--timeout", "-1"], ["--timeout", "nan"], ["--timeout", "inf"],
    ])
    func badOptionsAreRefused(_ options: [String]) {
        #expect(throws: (any Error).self) { try Run.parse(options + ["hello.c"]) }
    }

    @Test func aTargetIsNeeded() {
        #expect(throws: (any Error).self) { try Run.parse([]) }
        #expect(throws: (any Error).self) { try Run.parse(["--", "a"]) }
        #expect(throws: (any Error).self) { try Build.parse(["a"]) }
    }

    @Test func buildTakesWhereTheImageGoes() throws {
        let build = try Build.parse(["a.c", "-o", "image", "--strip"])
        #expect(build.program.target == "a.c")
        #expect(build.output == "image")
        #expect(build.strip)
    }

    @Test func kindsOfTargets() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("", to: "one/main.c")
        try folder.write("", to: "two/Package.swift")
        try folder.write("", to: "three/image")
        let two = Files.resolved(folder.path + "/two")
        #expect(try Target(path: file) == .c(file))
        #expect(try Target(path: folder.path + "/one/") == .c(folder.path + "/one/"))
        #expect(try Target(path: folder.path + "/two") == .swiftPackage(two))
        #expect(try Target(path: folder.path + "/three/image") == .image(folder.path + "/three/image"))
        #expect(try Target(path: file).name == "main")
        #expect(try Target(path: folder.path + "/one/").name == "one")
        for path in ["/three", "/nothing"] {
            #expect(throws: ToolError.self) { try Target(path: folder.path + path) }
        }
    }
}
