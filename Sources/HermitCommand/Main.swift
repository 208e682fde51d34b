import HermitTool

/// The program `hermit`: everything is in HermitTool.
@main
struct HermitCommand {
    static func main() async { await HermitTool.start() }
}
