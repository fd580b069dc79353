"""What the shop writes for after the purchase: reading, checking, storing and finding guides, trees and plans."""
