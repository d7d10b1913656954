// A small set that a conversation with a company needs.

export const EMOJI = [
  ...'😀😄😁😅😂🙂😉😊😍🥰😘😎🤔😐🙄😬😔😢😭😡😱🤯🥳😴🤒🙏👍👎👌👏🙌💪🤝👋✌️🤞👀❤️🧡💛💚💙💜💔🔥⭐✨🎉🎁✅❌⚠️❓❗💡📎📷📞📦🚚💳💰⏰📅📍🏠🚗☕🍕⚽'.matchAll(/\p{Extended_Pictographic}\uFE0F?/gu),
].map(([one]) => one);
