import KernelSupport

/// Memory of a file that is gone. Nobody else knows of it, so that it can be
/// given back without a lock, however much it is.
public struct Remains: ~Copyable {
    private var pages: PageTree
    private var directory: Directory
    private var target: NameText

    /// Nothing: the file is still there.
    init() {
        pages = PageTree()
        directory = Directory()
        target = NameText()
    }

    init(_ pages: PageTree) {
        self.init()
        self.pages = pages
    }

    init(_ directory: Directory) {
        self.init()
        self.directory = directory
    }

    init(_ target: NameText) {
        self.init()
        self.target = target
    }

    /// Gives it back.
    public consuming func free(_ source: borrowing some BlockSource & ~Copyable) {
        var budget = Int.max
        _ = pages.removePages(from: 0, budget: &budget, source)
        directory.removeAll(source)
        target.remove(source)
    }
}
